// A modbus-serial server (node) on a port of its own, which it prints. Units 1 and 5.
// Holding 0-1: float 12345.67 (unit 5: 500.25), 2-3: float 41.2; 100-199: their own address plus 256 times their unit; all else refused.
const net = require("node:net");
const { ServerTCP } = require("modbus-serial");

const float = (value) => {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatBE(value);
  return [buffer.readUInt16BE(0), buffer.readUInt16BE(2)];
};

const word = (address, unit) => {
  if (address < 4) return [...float(unit === 5 ? 500.25 : 12345.67), ...float(41.2)][address];
  if (address >= 100 && address < 200) return 256 * unit + address;
  throw { modbusErrorCode: 2, msg: "no such register" };
};

// It takes no port 0: a free one is found for it.
const probe = net.createServer().listen(0, "127.0.0.1", () => {
  const { port } = probe.address();
  probe.close(() => {
    const server = new ServerTCP(
      { getHoldingRegister: async (address, unit) => word(address, unit) }, { host: "127.0.0.1", port, unitID: 255 });
    server.on("initialized", () => console.log(port));
    server.on("socketError", (fault) => console.error(fault));
  });
});
