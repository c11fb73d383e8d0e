// Reads flowcharts, one JSON string a line, and answers each with what Mermaid's own parser makes of it.
import { createInterface } from "node:readline";
import DOMPurify from "dompurify";
import mermaid from "mermaid";

Object.assign(DOMPurify, { addHook() {}, sanitize: (text) => text }); // it needs a browser, parsing does not
mermaid.initialize({ maxEdges: 1e6 });

// What it makes of an entity code until it draws.
const plain = (text) => text.replace(/ﬂ°°(\d+)¶ß/g, (_, code) => String.fromCodePoint(code));

async function read(flowchart) {
    const { type, db } = await mermaid.mermaidAPI.getDiagramFromText(flowchart);
    const nodes = db.getVertices();
    const arrow = ({ start, text, end }) => [nodes.get(start).text, text, nodes.get(end).text].map(plain);
    const node = ({ type: shape, text }) => [shape, plain(text)];
    return { type, nodes: [...nodes.values()].map(node), arrows: db.getEdges().map(arrow) };
}

for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await read(JSON.parse(line)).catch((error) => error.message)));
}
