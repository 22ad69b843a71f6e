"""The profile of a thing, whatever its kind."""

from __future__ import annotations

from mieco.ask.profiles.consortium import ConsortiumProfile, read_consortium
from mieco.ask.profiles.fulfilment import Fulfilments
from mieco.ask.profiles.kinds import ProfileKind
from mieco.ask.profiles.organisation import OrganisationProfile, read_organisation
from mieco.ask.profiles.place import PlaceProfile, read_place
from mieco.ask.profiles.policy import PolicyProfile, read_policy
from mieco.ask.profiles.reading import Asked
from mieco.ask.profiles.source import SourceProfile, read_source
from mieco.releases import Release

Profile = ConsortiumProfile | OrganisationProfile | PlaceProfile | PolicyProfile | SourceProfile


def read_profile(
    kind: ProfileKind, asked: Asked, iri: str, release: Release, fulfilments: Fulfilments
) -> Profile:
    """The profile of that kind of a thing.  Raises what the engine raises."""
    match kind:
        case "consortium":
            return read_consortium(asked, iri, fulfilments)
        case "organisation":
            return read_organisation(asked, iri)
        case "place":
            return read_place(asked, iri, release, fulfilments)
        case "policy":
            return read_policy(asked, iri, release, fulfilments)
        case "source":
            return read_source(asked, iri)
