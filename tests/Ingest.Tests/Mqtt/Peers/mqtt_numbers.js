// A gateway that publishes numbered readings, one a second from a first moment on, and says which were acknowledged.
// What was not when the connection broke is sent again: by mqtt.js itself, or here where it gives up (5.0).
//   node mqtt_numbers.js URL LEVEL FIRST_MS COUNT
const mqtt = require('mqtt');

const [url, level, first, count] = process.argv.slice(2);
const client = mqtt.connect(url, {
  protocolVersion: Number(level), clientId: 'numbers', username: 'roof', password: 'a-long-secret', clean: false,
  properties: Number(level) === 5 ? { sessionExpiryInterval: 600 } : undefined,
  reconnectPeriod: 100, connectTimeout: 5000, keepalive: 10,
});
let left = Number(count);

client.on('error', error => console.log(`error ${error.message}`));
// Fifty every ten milliseconds, whether connected or not: it can be killed in the middle.
client.once('connect', () => {
  let n = 0;
  const timer = setInterval(() => {
    for (let some = 0; some < 50 && n < Number(count); some++) publish(++n);
    if (n === Number(count)) clearInterval(timer);
  }, 10);
});

function publish(n) {
  const reading = { meter: 'M-WATER', ts: Number(first) + (n - 1) * 1000, values: { volume: n } };
  client.publish('energywatch/v1/GW-MQTT/readings', JSON.stringify(reading), { qos: 1 }, error => {
    if (error) return setTimeout(() => publish(n), 100);
    console.log(`acknowledged ${n}.`);
    if (--left === 0) {
      console.log('all acknowledged');
      client.end();
    }
  });
}
