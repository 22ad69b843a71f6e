import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLOntology;

/**
 * Loads ontologies from their addresses as the OWL API does by itself, with its own Accept
 * header, and prints of each the numbers of its classes and of its logical axioms, its version
 * and the format that it came in.
 */
public class Load {
    public static void main(String[] addresses) throws Exception {
        for (String address : addresses) {
            OWLOntology ontology = OWLManager.createOWLOntologyManager()
                .loadOntologyFromOntologyDocument(IRI.create(address));
            System.out.println(ontology.classesInSignature().count()
                + "\t" + ontology.getLogicalAxiomCount()
                + "\t" + ontology.getOntologyID().getVersionIRI().get().toQuotedString()
                + "\t" + ontology.getFormat());
        }
    }
}
