// An edge node on sparkplug-client (Eclipse Tahu): is born, delivers, loses a message when told, is reborn when asked.
// node sparkplug_edge.js URL USER SECRET
const sparkplug = require("sparkplug-client");

const [url, username, password] = process.argv.slice(2);
const say = (text) => console.log(text);
const start = 1773730320000;
const client = sparkplug.newClient({
  serverUrl: url, username, password, groupId: "Plant 1", edgeNode: "Edge-7", clientId: "edge", version: "spBv1.0",
  publishDeath: true, keepalive: 30,
});
let births = 0;
const metric = (name, value, unit, alias) => ({
  name, alias, value, type: "Double", timestamp: start + value,
  ...(unit && { properties: { engUnit: { type: "String", value: unit } } }),
});
client.on("error", (error) => { say(`error ${error.message}`); process.exit(1); });
client.on("birth", () => {
  births++;
  client.publishNodeBirth({ timestamp: start + births, metrics: [
    { name: "Node Control/Rebirth", type: "Boolean", value: false, timestamp: start },
  ] });
  client.publishDeviceBirth("D1", { timestamp: start + births, metrics: [
    metric("Energy/Import", births * 1000, "Wh", 1), metric("Serial", 7, undefined, 2),
  ] });
  say(`born ${births}`);
});
client.on("ncmd", (payload) => {
  const rebirth = payload.metrics.find((m) => m.name === "Node Control/Rebirth");
  say(`ncmd ${rebirth.value} ${rebirth.type}`);
  client.emit("birth");
});
const data = (name, value, alias) => client.publishDeviceData("D1", { timestamp: start + births, metrics: [metric(name, value, undefined, alias)] });
process.stdin.setEncoding("utf8");
process.stdin.on("data", (lines) => lines.split("\n").filter(Boolean).forEach((line) => {
  const [word, value] = line.split(" ");
  if (word === "data") data("", Number(value), 1);
  else if (word === "named") data("Energy/Import", Number(value));
  else if (word === "lose") client.seq++;
  else if (word === "stop") {
    client.stop();
    process.stdin.destroy();
  }
  say(line);
}));
