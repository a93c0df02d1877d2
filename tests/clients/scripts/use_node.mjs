// The Node.js driver: https://docs.snowflake.com/en/developer-guide/node-js/nodejs-driver
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.NODE_PATH}/../`);
const snowflake = require('snowflake-sdk');
const { version } = require('snowflake-sdk/package.json');
snowflake.configure({ logLevel: 'OFF' });

const emulator = JSON.parse(process.env.EMULATOR);
const { account, user: username, password, database, schema, warehouse } = emulator;
const accessUrl = `${emulator.protocol}://${emulator.host}:${emulator.port}`;
const connection = snowflake.createConnection({ account, username, password, accessUrl, database, schema, warehouse });

const ask = (sqlText, binds, more = {}) =>
  new Promise((resolve, reject) =>
    connection.execute({ sqlText, binds, ...more, complete: (error, _, rows) => (error ? reject(error) : resolve(rows)) }),
  );

const equal = (found, expected) => {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${left} instead of ${right}`);
};

const trials = {
  'connect, isUp, isValidAsync': async () => {
    await new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
    equal([connection.isUp(), await connection.isValidAsync()], [true, true]);
  },
  'select of every type': async () => {
    const [row] = await ask(`SELECT 1 AS A, 1.50 AS B, 'x' AS C, TRUE AS D, '2020-01-02'::DATE AS E,
      '10:11:12'::TIME AS F, PARSE_JSON('{"a": [1]}') AS G, TO_BINARY('AB') AS H, NULL AS I`);
    const { A, B, C, D, E, F, G, H, I } = row;
    equal([A, B, C, D, E.toJSON(), F, G, [...H], I], [1, 1.5, 'x', true, '2020-01-02', '10:11:12', { a: [1] }, [171], null]);
  },
  'create, insert with binds of many rows, select with binds': async () => {
    await ask('CREATE OR REPLACE TABLE T (A INT, B VARCHAR)');
    equal(await ask('INSERT INTO T VALUES (?, ?)', [[1, 'a'], [2, 'b']]), [{ 'number of rows inserted': 2 }]);
    equal(await ask('SELECT * FROM T WHERE A > :1 AND B = :2', [1, 'b']), [{ A: 2, B: 'b' }]);
  },
  'rows as a stream, of a result in parts': async () => {
    const statement = connection.execute({
      sqlText: "SELECT SEQ4() AS N, REPEAT('x', 80) AS X FROM TABLE(GENERATOR(ROWCOUNT => 90000))",
      streamResult: true,
    });
    let rows = 0;
    for await (const _ of statement.streamRows()) rows += 1;
    equal(rows, 90000);
  },
  'several statements with MULTI_STATEMENT_COUNT': async () => {
    const answers = [];
    await new Promise((resolve, reject) =>
      connection.execute({
        sqlText: 'SELECT 1 AS A; SELECT 2 AS A; -- end',
        parameters: { MULTI_STATEMENT_COUNT: 2 },
        complete: (error, statement, rows) => {
          if (error) return reject(error);
          answers.push(rows);
          return statement.hasNext() ? statement.NextResult() : resolve();
        },
      }),
    );
    equal(answers, [[{ A: 1 }], [{ A: 2 }]]);
  },
  'asyncExec, getQueryStatus, getResultsFromQueryId': async () => {
    const queryId = await new Promise((resolve, reject) =>
      connection.execute({
        sqlText: 'SELECT 7 AS A',
        asyncExec: true,
        complete: (error, statement) => (error ? reject(error) : resolve(statement.getQueryId())),
      }),
    );
    const statement = await connection.getResultsFromQueryId({ queryId });
    const rows = [];
    for await (const row of statement.streamRows()) rows.push(row);
    equal([rows, await connection.getQueryStatus(queryId)], [[{ A: 7 }], 'SUCCESS']);
  },
  'an error with its code and state': async () => {
    const error = await ask('SELECT * FROM NO_SUCH').then(() => ({}), (caught) => caught);
    equal([error.code, error.sqlState], ['002003', '42S02']);
  },
  'cancel': async () => {
    const ended = new Promise((resolve) => {
      const statement = connection.execute({
        sqlText: 'SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 200000)) A, TABLE(GENERATOR(ROWCOUNT => 200000)) B',
        complete: (error) => resolve(error?.code),
      });
      setTimeout(() => statement.cancel(() => {}), 1000);
    });
    equal(await ended, '000604');
  },
  'SHOW, DESCRIBE, USE': async () => {
    equal((await ask('SHOW TABLES')).map((row) => row.name), ['T']);
    equal((await ask('DESCRIBE TABLE T')).map((row) => row.type), ['NUMBER(38,0)', 'VARCHAR(16777216)']);
    await ask('USE SCHEMA PUBLIC');
  },
  'PUT and GET': async () => {
    const { writeFileSync, mkdirSync } = require('node:fs');
    writeFileSync('sent.csv', '3,c\n');
    mkdirSync('got');
    await ask('CREATE OR REPLACE STAGE S');
    equal((await ask(`PUT file://${process.cwd()}/sent.csv @S AUTO_COMPRESS = FALSE`)).map((row) => row.status), ['UPLOADED']);
    equal((await ask(`GET @S/sent.csv file://${process.cwd()}/got/`)).map((row) => row.status), ['DOWNLOADED']);
    await ask(`PUT file://${process.cwd()}/sent.csv @S`);
    equal((await ask('LIST @S')).map((row) => row.name), ['s/sent.csv', 's/sent.csv.gz']);
  },
  'destroy': () =>
    new Promise((resolve, reject) => connection.destroy((error) => (error ? reject(error) : resolve()))),
};

const short = (error) => {
  const words = `${error.name}: ${error.message}`.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\/tmp\/\S+/gi, '...').replace(/\s+/g, ' ');
  return words.length <= 200 ? words : `${words.slice(0, 200)} ...`;
};

console.log(JSON.stringify({ version }));
for (const [does, trial] of Object.entries(trials)) {
  const reason = await trial().then(() => null, short);
  console.log(JSON.stringify({ does, reason }));
}
process.exit(0);
