// Operations by Comunica, each a line of JSON from standard input: `{"do": …, "query": …, …}`.
// Each is answered by a line of it: `{"done": …}` or `{"failed": …}`.
// MIECO_COMUNICA is the folder into which npm has installed @comunica/query-sparql.
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(join(process.env.MIECO_COMUNICA, "package.json"));
const { QueryEngine } = require("@comunica/query-sparql");

function withToken(token) {
  return (url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${token}`);
    return fetch(url, { ...init, headers });
  };
}

const does = {
  async select(engine, query, context) {
    const rows = await (await engine.queryBindings(query, context)).toArray();
    return rows.map((row) =>
      Object.fromEntries([...row].map(([name, term]) => [name.value, term.value])),
    );
  },
  ask: (engine, query, context) => engine.queryBoolean(query, context),
  async construct(engine, query, context) {
    const quads = await (await engine.queryQuads(query, context)).toArray();
    return quads.map((q) => [q.subject.value, q.predicate.value, q.object.value]);
  },
  async update(engine, query, context) {
    await engine.queryVoid(query, context);
    return "done";
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: kind, query, sources, destination, token } = JSON.parse(line);
  const context = {
    sources,
    ...(destination && { destination }),
    ...(token && { fetch: withToken(token) }),
  };
  // Another engine each time, which knows nothing of the sources yet.
  const told = await does[kind](new QueryEngine(), query, context).then(
    (done) => ({ done }),
    (error) => ({ failed: String(error.stack) }),
  );
  console.log(JSON.stringify(told));
}
