def check(pattern): pass
