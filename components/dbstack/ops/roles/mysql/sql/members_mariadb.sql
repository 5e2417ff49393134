select role as role, user as user, host as host
from mysql.roles_mapping where role in %(groups)s or user in %(names)s
