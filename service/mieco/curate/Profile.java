import java.io.File;
import java.net.URI;
import java.util.Arrays;
import java.util.stream.Collectors;
import javax.xml.catalog.Catalog;
import javax.xml.catalog.CatalogFeatures;
import javax.xml.catalog.CatalogManager;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLException;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.model.OWLOntologyIRIMapper;
import org.semanticweb.owlapi.model.OWLOntologyManager;
import org.semanticweb.owlapi.model.OWLRuntimeException;
import org.semanticweb.owlapi.model.parameters.Imports;
import org.semanticweb.owlapi.profiles.OWLProfileViolation;
import org.semanticweb.owlapi.profiles.Profiles;

/**
 * Loads ontologies with the OWL API, finding what they import through an OASIS catalogue and
 * nowhere else, and holds each with its imports against a profile of OWL 2.
 *
 * <pre>java -cp … Profile.java CATALOGUE (OWL2_DL|OWL2_RL) FILE …</pre>
 *
 * Prints lines of tab-separated fields: {@code axioms FILE NUMBER}, {@code violation FILE WHAT}
 * and {@code unreadable FILE REASON}.
 */
public class Profile {
    private static final IRI NOWHERE = IRI.create("file:///no-entry-in-the-catalogue");

    public static void main(String[] arguments) {
        // What it does not list is for the mapper below to judge, not an error of the catalogue.
        CatalogFeatures features = CatalogFeatures.builder()
            .with(CatalogFeatures.Feature.RESOLVE, "continue").build();
        Catalog catalogue = CatalogManager.catalog(features, URI.create(arguments[0]));
        Profiles profile = Profiles.valueOf(arguments[1]);
        for (int i = 2; i < arguments.length; i++) {
            try {
                report(arguments[i], load(arguments[i], catalogue), profile);
            } catch (OWLException | OWLRuntimeException error) {
                say("unreadable", arguments[i], error.getMessage());
            }
        }
    }

    private static OWLOntology load(String file, Catalog catalogue) throws OWLException {
        OWLOntologyManager manager = OWLManager.createOWLOntologyManager();
        manager.getIRIMappers().add((OWLOntologyIRIMapper) iri -> {
            String found = catalogue.matchURI(iri.toString());
            // An IRI that maps to nothing would be looked for on the web.
            return found == null ? NOWHERE : IRI.create(found);
        });
        return manager.loadOntologyFromOntologyDocument(new File(file));
    }

    private static void report(String file, OWLOntology ontology, Profiles profile) {
        say("axioms", file, Integer.toString(ontology.getAxiomCount(Imports.INCLUDED)));
        for (OWLProfileViolation violation : profile.checkOntology(ontology).getViolations()) {
            say("violation", file, violation.toString());
        }
    }

    private static void say(String... fields) {
        System.out.println(Arrays.stream(fields)
            .map(field -> field.replaceAll("\\s+", " ")).collect(Collectors.joining("\t")));
    }
}
