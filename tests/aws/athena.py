"""Athena's SQL over what Glue says, run by the emulator's DuckDB.

The emulator reads whatever lies below a table's location, in DuckDB's dialect. Athena reads the registered partitions and nothing
else, refuses files whose types are not those of the table, and rounds instants to milliseconds.
"""

import asyncio
import dataclasses
import functools
import threading

import duckdb
import sqlglot
from athena_answers import Column, as_athena_shows, described
from athena_tables import Tables, Unreadable
from proxy import refused, said
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

UNSUPPORTED = "Queries of this type are not supported"


@dataclasses.dataclass
class Query:
    sql: str
    database: str
    columns: list[Column]
    scanned: int


class Athena:
    def __init__(self, s3, glue, folder):
        self.tables = Tables(s3, glue, folder)
        self.lock = threading.Lock()
        self.queries = {}
        self.ids = {}

    async def __call__(self, call, forward):
        actions = {
            "StartQueryExecution": self.start,
            "GetQueryExecution": self.execution,
            "GetQueryResults": self.results,
        }
        return await actions.get(call.action, plain)(call, forward)

    async def start(self, call, forward):
        asked = call.json
        token = asked.get("ClientRequestToken")
        if token in self.ids:
            return said({"QueryExecutionId": self.ids[token]})
        sql, database = asked["QueryString"], asked.get("QueryExecutionContext", {}).get("Database", "default")
        try:
            translated, columns, scanned = await asyncio.to_thread(self.translated, sql, database, self.tables_for(call))
        except sqlglot.ParseError as error:
            return refused("InvalidRequestException", str(error).splitlines()[0])
        except Unreadable as failure:
            # Such queries are begun, and then they fail.
            reason = str(failure).replace("'", "''")
            translated, columns, scanned = f"SELECT error('{reason}')", [], 0
        # Without a context no name of a table is looked up any more.
        kept = {name: value for name, value in asked.items() if name != "QueryExecutionContext"}
        answer = await forward(call.asking(kept | {"QueryString": translated}))
        if answer.status == 200:
            query_id = answer.json["QueryExecutionId"]
            self.queries[query_id] = Query(sql, database, columns, scanned)
            self.ids[token or query_id] = query_id
        return answer

    def tables_for(self, call):
        """The tables as whoever asks may read them."""
        return self.tables

    def translated(self, sql, database, tables):
        """The query as DuckDB understands it, what its columns are, and how many bytes lie below its tables."""
        with self.lock:
            named = [(table.db or database, table.name) for table in base_tables(parsed(sql))]
            files = [tables.file_of(*name) for name in named]
            return *rewritten(sql, tuple(path for path, _ in files)), sum(size for _, size in files)

    async def execution(self, call, forward):
        answer = await forward(call)
        query = self.queries.get(call.json["QueryExecutionId"])
        if answer.status != 200 or query is None:
            return answer
        content = answer.json
        execution = content["QueryExecution"]
        execution["Query"] = query.sql
        execution["QueryExecutionContext"] = {"Database": query.database, "Catalog": "awsdatacatalog"}
        execution["Statistics"]["DataScannedInBytes"] = query.scanned
        status = execution["Status"]
        status["StateChangeReason"] = status.get("StateChangeReason", "").removeprefix("Invalid Input Error: ")
        return answer.saying(content)

    async def results(self, call, forward):
        answer = await forward(call)
        query = self.queries.get(call.json["QueryExecutionId"])
        if answer.status != 200 or query is None:
            return answer
        is_first = not call.json.get("NextToken")
        return answer.saying(as_athena_shows(answer.json, query.columns, is_first))


@functools.lru_cache(64)
def parsed(sql):
    [statement] = sqlglot.parse(sql, read="athena")
    if not isinstance(statement, exp.Query):
        raise Unreadable(UNSUPPORTED)
    return statement


@functools.lru_cache(256)
def rewritten(sql, paths):
    """The query over these files, in the order of the tables in it."""
    statement = parsed(sql).copy()
    for table, path in zip(base_tables(statement), paths, strict=True):
        put_file(table, path)
    translated = statement.sql(dialect="duckdb")
    try:
        return translated, described(translated)
    except duckdb.Error as error:
        raise Unreadable(f"SYNTAX_ERROR: {str(error).splitlines()[0]}") from error


async def plain(call, forward):
    return await forward(call)


def base_tables(statement):
    """Tables of the catalog that the query names; what a WITH defines is none."""
    found = {}
    for scope in traverse_scope(statement):
        for source in scope.sources.values():
            if isinstance(source, exp.Table):
                found[id(source)] = source
    return list(found.values())


def put_file(table, path):
    """The table's node reads the file, under the name that the query knows the table by."""
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    [read] = sqlglot.parse_one(f"SELECT 1 FROM read_parquet('{path}')", read="duckdb").find_all(exp.Table)
    for part in ("db", "catalog"):
        table.set(part, None)
    table.set("this", read.this)
