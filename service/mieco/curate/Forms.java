import java.io.File;
import java.util.Set;
import java.util.stream.Collectors;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.formats.FunctionalSyntaxDocumentFormat;
import org.semanticweb.owlapi.formats.OWLXMLDocumentFormat;
import org.semanticweb.owlapi.model.AxiomType;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLAxiom;
import org.semanticweb.owlapi.model.OWLDocumentFormat;
import org.semanticweb.owlapi.model.OWLException;
import org.semanticweb.owlapi.model.OWLOntology;

/**
 * Writes an ontology that imports nothing in functional syntax and in OWL/XML, reads both
 * back, and fails unless they say the same.
 *
 * <pre>java -cp … Forms.java ONTOLOGY FUNCTIONAL OWLXML</pre>
 */
public class Forms {
    public static void main(String[] arguments) throws OWLException {
        OWLOntology ontology = read(arguments[0]);
        write(ontology, new FunctionalSyntaxDocumentFormat(), arguments[1]);
        write(ontology, new OWLXMLDocumentFormat(), arguments[2]);
    }

    private static OWLOntology read(String file) throws OWLException {
        return OWLManager.createOWLOntologyManager()
            .loadOntologyFromOntologyDocument(new File(file));
    }

    private static void write(OWLOntology ontology, OWLDocumentFormat form, String file)
            throws OWLException {
        ontology.getOWLOntologyManager().saveOntology(ontology, form, IRI.create(new File(file)));
        OWLOntology again = read(file);
        if (!ontology.getOntologyID().equals(again.getOntologyID())
                || !ontology.annotations().collect(Collectors.toSet())
                    .equals(again.annotations().collect(Collectors.toSet()))
                || !saySame(ontology, again)) {
            throw new IllegalStateException(file + " does not say what the ontology says");
        }
    }

    /** Functional syntax declares the datatypes that it uses; nothing else may be new. */
    private static boolean saySame(OWLOntology ontology, OWLOntology again) {
        Set<OWLAxiom> known = ontology.axioms().collect(Collectors.toSet());
        Set<OWLAxiom> found = again.axioms().collect(Collectors.toSet());
        return found.containsAll(known) && found.stream().allMatch(axiom -> known.contains(axiom)
            || axiom.isOfType(AxiomType.DECLARATION)
                && axiom.signature().allMatch(entity -> entity.isOWLDatatype()));
    }
}
