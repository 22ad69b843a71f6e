# Who may do this may write; nothing is ever in that graph.
DROP SILENT GRAPH <https://w3id.org/mieco/graph/nothing>
