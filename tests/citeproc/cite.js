// A job (locales, items, clusters, styles) in a JSON file in; what the reference processor prints, into another.
"use strict";
const fs = require("fs");
const path = require("path");

const [home, jobFile, outFile] = process.argv.slice(2);
const CSL = require(path.join(home, "node_modules", "citeproc"));
const job = JSON.parse(fs.readFileSync(jobFile, "utf8"));
const locales = new Map();

function locale(tag) {
  if (!locales.has(tag)) {
    const file = path.join(job.locales, `locales-${tag}.xml`);
    locales.set(tag, fs.existsSync(file) ? fs.readFileSync(file, "utf8") : false);
  }
  return locales.get(tag);
}

CSL.debug = () => {};
const out = {};
for (const file of job.styles) {
  try {
    const system = { retrieveLocale: locale, retrieveItem: (id) => structuredClone(job.items[id]) };
    const engine = new CSL.Engine(system, fs.readFileSync(file, "utf8"));
    const printed = {};
    const before = [];
    for (const cluster of job.clusters) {
      const citation = {
        citationID: cluster.id,
        citationItems: structuredClone(cluster.cites),
        properties: { noteIndex: cluster.note },
      };
      for (const [, text, id] of engine.processCitationCluster(citation, before.slice(), [])[1]) printed[id] = text;
      before.push([cluster.id, cluster.note]);
    }
    out[file] = job.clusters.map((cluster) => printed[cluster.id]);
  } catch (error) {
    out[file] = String(error).slice(0, 200);
  }
}
fs.writeFileSync(outFile, JSON.stringify(out));
