def build_people(into): pass
