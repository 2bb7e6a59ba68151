// The poll with n8n: one workflow, imported and executed by its own command: a paged request, one item for each order,
// fields set by one expression, and the items written into one file of JSON.
//
//     NODE_PATH=.rivals/n8n/node_modules node n8n_poll.cjs ADDRESS FOLDER
//
// The day is cut out of the instant, which the shop writes in the accounts' zone, amounts are added as numbers and written
// with two decimals, and nothing validates the invoice: all three are in its favour.

const fs = require("node:fs");
const path = require("node:path");
const { spawnSync } = require("node:child_process");

const [address, folder] = process.argv.slice(2);
const invoice = `={{ {
  number: $json.name,
  date: $json.processed_at.slice(0, 10),
  currency: $json.currency,
  tax_inclusive: $json.taxes_included,
  status: ({paid: "open", pending: "draft", partially_refunded: "open", refunded: "closed"})[$json.financial_status],
  total: $json.total_price,
  net: ($json.total_price - $json.total_tax).toFixed(2),
  ...($json.total_shipping_price_set.shop_money.amount > 0
    ? {shipping: $json.total_shipping_price_set.shop_money.amount} : {}),
  country: $json.billing_address.country_code || "US",
  customer: {name: $json.billing_address.name, ...($json.customer.email ? {email: $json.customer.email} : {})},
  lines: $json.line_items.map((item) => ({
    description: item.title,
    quantity: item.quantity,
    unit_price: item.price,
    tax: item.tax_lines.reduce((sum, tax) => sum + Number(tax.price), 0).toFixed(2),
  })),
} }}`;
const node = (name, type, version, parameters) => ({
  id: name, name, type: `n8n-nodes-base.${type}`, typeVersion: version, position: [0, 0], parameters,
});
const nodes = [
  node("start", "manualTrigger", 1, {}),
  node("get", "httpRequest", 4.2, {
    url: `${address}/orders`,
    sendQuery: true,
    queryParameters: { parameters: [{ name: "limit", value: "250" }] },
    options: {
      pagination: {
        pagination: {
          paginationMode: "updateAParameterInEachRequest",
          parameters: { parameters: [{ type: "qs", name: "after", value: "={{ $response.body?.next ?? '' }}" }] },
          paginationCompleteWhen: "other",
          completeExpression: "={{ !$response.body.next }}",
          limitPagesFetched: false,
          requestInterval: 0,
        },
      },
    },
  }),
  node("split", "splitOut", 1, { fieldToSplitOut: "orders", options: {} }),
  node("map", "set", 3.4, { mode: "raw", jsonOutput: invoice, options: {} }),
  node("file", "convertToFile", 1.1, { operation: "toJson", mode: "once", options: {} }),
  node("write", "readWriteFile", 1, { operation: "write", fileName: path.join(folder, "out.json"), options: {} }),
];
const to = (name) => ({ main: [[{ node: name, type: "main", index: 0 }]] });
const workflow = {
  id: "poll", name: "poll", active: false, nodes, settings: { executionOrder: "v1" },
  connections: Object.fromEntries(nodes.slice(1).map((next, at) => [nodes[at].name, to(next.name)])),
};
const file = path.join(folder, "workflow.json");
fs.writeFileSync(file, JSON.stringify(workflow));

const environ = {
  ...process.env,
  N8N_USER_FOLDER: folder,
  N8N_RESTRICT_FILE_ACCESS_TO: folder,
  N8N_DIAGNOSTICS_ENABLED: "false",
  N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
  N8N_TEMPLATES_ENABLED: "false",
  N8N_LOG_LEVEL: "error",
  N8N_BLOCK_ENV_ACCESS_IN_NODE: "true",
  EXECUTIONS_DATA_SAVE_ON_SUCCESS: "none",
  NODE_OPTIONS: "--max-old-space-size=6000",
};
const program = path.join(process.env.NODE_PATH, "n8n", "bin", "n8n");
for (const given of [["import:workflow", `--input=${file}`], ["execute", "--id=poll"]]) {
  const done = spawnSync(process.execPath, [program, ...given], { env: environ, stdio: ["ignore", "pipe", "pipe"] });
  if (done.status !== 0 || !done.stdout) {
    process.stderr.write(`${given[0]}: ${done.stdout}${done.stderr}`);
    process.exit(1);
  }
}
