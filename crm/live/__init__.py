"""The live side of the CRM: folds exchange events into agents, calls and screen-pops as they happen."""
