select * from mysql.db where user in %(names)s
