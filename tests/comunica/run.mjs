// One operation by Comunica, told in JSON: `node run.mjs '{"do": …, "query": …, …}'`.
// MIECO_COMUNICA is the folder into which npm has installed @comunica/query-sparql.
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.env.MIECO_COMUNICA, "package.json"));
const { QueryEngine } = require("@comunica/query-sparql");

const { do: kind, query, sources, destination, token } = JSON.parse(process.argv[2]);

function withToken(url, init = {}) {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return fetch(url, { ...init, headers });
}

const context = { sources, ...(destination && { destination }), ...(token && { fetch: withToken }) };
const engine = new QueryEngine();
const does = {
  async select() {
    const rows = await (await engine.queryBindings(query, context)).toArray();
    return rows.map((row) =>
      Object.fromEntries([...row].map(([name, term]) => [name.value, term.value])),
    );
  },
  ask: () => engine.queryBoolean(query, context),
  async construct() {
    const quads = await (await engine.queryQuads(query, context)).toArray();
    return quads.map((q) => [q.subject.value, q.predicate.value, q.object.value]);
  },
  async update() {
    await engine.queryVoid(query, context);
    return "done";
  },
};
console.log(JSON.stringify(await does[kind]()));
