// The poll with Node-RED: one flow of its own nodes; each page is mapped by one JSONata expression and appended to a file.
//
//     NODE_PATH=.rivals/node-red/node_modules node node_red_poll.cjs ADDRESS FOLDER
//
// The day is cut out of the instant, which the shop writes in the accounts' zone, amounts are added as numbers and written
// with two decimals, and nothing validates the invoice: all three are in its favour.

const http = require("node:http");
const path = require("node:path");
const RED = require("node-red");
const fs = require("node:fs");

const [address, folder] = process.argv.slice(2);
fs.writeFileSync(path.join(folder, "package.json"), "{}"); // else it says that it has none
const invoices = `(
  $status := {"paid": "open", "pending": "draft", "partially_refunded": "open", "refunded": "closed"};
  payload.orders.(
    $shipping := total_shipping_price_set.shop_money.amount;
    $email := customer.email;
    {
      "number": name,
      "date": $substring(processed_at, 0, 10),
      "currency": currency,
      "tax_inclusive": taxes_included,
      "status": $lookup($status, financial_status),
      "total": total_price,
      "net": $formatNumber($number(total_price) - $number(total_tax), "0.00"),
      "shipping": $number($shipping) > 0 ? $shipping,
      "country": $exists(billing_address.country_code) ? billing_address.country_code : "US",
      "customer": {"name": billing_address.name, "email": $email != null ? $email},
      "lines": [line_items.{
        "description": title,
        "quantity": quantity,
        "unit_price": price,
        "tax": $formatNumber($sum(tax_lines.$number(price)), "0.00")
      }]
    }
  )
)`;
const first = { p: "url", v: `${address}/orders?limit=250&after=`, vt: "str" };
const node = (id, type, next, more) => ({ id, type, z: "poll", name: "", wires: next, x: 0, y: 0, ...more });
const change = (rules) => ({ rules });
const flow = [
  { id: "poll", type: "tab", label: "poll", disabled: false, info: "" },
  node("start", "inject", [["get"]], { props: [first], repeat: "", crontab: "", once: true, onceDelay: 0 }),
  node("get", "http request", [["map"]], { method: "GET", ret: "obj", paytoqs: "ignore", url: "", persist: true }),
  node("map", "change", [["write"]], change([
    { t: "set", p: "next", pt: "msg", to: "$exists(payload.next) ? payload.next : null", tot: "jsonata" },
    { t: "set", p: "payload", pt: "msg", to: invoices, tot: "jsonata" },
  ])),
  node("write", "function", [["append"]], {
    func: "msg.payload = msg.payload.map((each) => JSON.stringify(each) + '\\n').join(''); return msg;",
    outputs: 1,
  }),
  node("append", "file", [["more"]], {
    filename: path.join(folder, "out.jsonl"), filenameType: "str", appendNewline: false, createDir: false,
    overwriteFile: "false", encoding: "utf8",
  }),
  node("more", "switch", [["again"], ["end"]], {
    property: "next", propertyType: "msg", rules: [{ t: "nnull" }, { t: "else" }], checkall: "false", outputs: 2,
  }),
  node("again", "change", [["get"]], change([
    { t: "set", p: "url", pt: "msg", to: `"${address}/orders?limit=250&after=" & next`, tot: "jsonata" },
    { t: "delete", p: "headers", pt: "msg" },
  ])),
  node("end", "function", [[]], { func: "global.get('end')();", outputs: 1 }),
];

const server = http.createServer(() => {});
RED.init(server, {
  userDir: folder,
  httpAdminRoot: false,
  httpNodeRoot: false,
  credentialSecret: false,
  telemetry: { enabled: false },
  editorTheme: { tours: false },
  functionGlobalContext: { end: () => setTimeout(() => process.exit(0), 0) },
  logging: { console: { level: "error", metrics: false, audit: false } },
  storageModule: {
    init: async () => {},
    getFlows: async () => flow,
    saveFlows: async () => {},
    getCredentials: async () => ({}),
    saveCredentials: async () => {},
    getSettings: async () => ({}),
    saveSettings: async () => {},
    getSessions: async () => ({}),
    saveSessions: async () => {},
    getLibraryEntry: async () => [],
    saveLibraryEntry: async () => {},
  },
});
RED.start();
