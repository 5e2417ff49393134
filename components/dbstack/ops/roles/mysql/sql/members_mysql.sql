select from_user as role, to_user as user, to_host as host
from mysql.role_edges
where from_host = '%%' and from_user in %(groups)s or to_user in %(names)s
