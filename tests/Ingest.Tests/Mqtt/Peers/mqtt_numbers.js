// A gateway that publishes numbered readings, one a second from a first moment on, and says which were acknowledged.
// What was not when the connection broke, mqtt.js sends again.
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
client.once('connect', () => {
  for (let n = 1; n <= Number(count); n++) {
    const reading = { meter: 'M-WATER', ts: Number(first) + (n - 1) * 1000, values: { volume: n } };
    client.publish('energywatch/v1/GW-MQTT/readings', JSON.stringify(reading), { qos: 1 }, error => {
      if (error) return console.log(`failed ${n}. ${error.message}`);
      console.log(`acknowledged ${n}.`);
      if (--left === 0) {
        console.log('all acknowledged');
        client.end();
      }
    });
  }
});
