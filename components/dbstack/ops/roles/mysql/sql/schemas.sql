select schema_name as name from information_schema.schemata
