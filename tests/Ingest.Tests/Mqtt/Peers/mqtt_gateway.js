// A gateway on mqtt.js: delivers readings at every QoS, takes one command, replies, and is lost without a goodbye.
// node mqtt_gateway.js URL LEVEL SECRET [CA]
const fs = require("fs");
const mqtt = require("mqtt");

const [url, level, secret, ca] = process.argv.slice(2);
const base = "energywatch/v1/GW-01";
const client = mqtt.connect(url, {
  protocolVersion: Number(level), clientId: "js", username: "GW-01", password: secret, clean: false, reconnectPeriod: 0,
  keepalive: 30, ca: ca && fs.readFileSync(ca),
  properties: level === "5" ? { sessionExpiryInterval: 600 } : undefined,
  will: { topic: `${base}/state`, payload: "lost", qos: 1, retain: true },
});
const say = (text) => console.log(text);
client.on("error", (error) => { say(`error ${error.message}`); process.exit(1); });
client.on("connect", async (connack) => {
  say(`connected ${connack.sessionPresent}`);
  const [granted] = await client.subscribeAsync(`${base}/commands`, { qos: 2 });
  say(`granted ${granted.qos}`);
  for (let i = 1; i <= 30; i++) {
    const reading = { meter: "M-0001", ts: 1773730320000, values: { energy_import: i } };
    await client.publishAsync(`${base}/readings`, JSON.stringify(reading), { qos: i % 3 });
  }
  say("delivered");
});
client.on("message", async (topic, payload, packet) => {
  say(`command ${payload} ${packet.qos}`);
  await client.publishAsync(`${base}/reply`, "done", { qos: 2 });
  say("replied");
  client.stream.destroy();
  process.exit(0);
});
