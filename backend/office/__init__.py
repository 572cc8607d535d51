"""The office folder: who the office is, its points, services, people and surveys, read once at the start."""

from backend.office.check import Fault
from backend.office.load import load
from backend.office.model import Office, Person, Point, Service, Sheet

__all__ = ["Fault", "Office", "Person", "Point", "Service", "Sheet", "load"]
