"""A pymodbus 3.0 server with known registers. Arguments: tcp or rtu, and it prints the port it took; or serial and a device.

Units 1 and 5. Holding 0-1: float 12345.67, 2-3: float 41.2; holding 100-199: their own address; input 0-75: an Eastron SDM630 map;
coils and discrete inputs 0-99: on where the address can be divided by 3. Unit 7: the SunSpec registers of a vector file.
"""
import asyncio
import pathlib
import struct
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer


def words(value):
    return list(struct.unpack(">HH", struct.pack(">f", value)))


def unit(energy):
    holding = words(energy) + words(41.2) + [0] * 96 + list(range(100, 200))
    inputs = [0] * 76
    for address, value in {0: 230.1, 2: 229.5, 4: 231.0, 6: 1.5, 0x34: -1500.0, 0x46: 49.98, 0x48: energy, 0x4A: 7.5}.items():
        inputs[address:address + 2] = words(value)
    bits = [address % 3 == 0 for address in range(100)]
    return ModbusSlaveContext(
        hr=ModbusSequentialDataBlock(0, holding), ir=ModbusSequentialDataBlock(0, inputs),
        co=ModbusSequentialDataBlock(0, list(bits)), di=ModbusSequentialDataBlock(0, list(bits)), zero_mode=True)


def sunspec():
    lines = (pathlib.Path(__file__).parents[4] / "tests/Vectors/sunspec/solaredge.txt").read_text().splitlines()
    cells = [line.split(":") for line in lines if line and line[0] != "#"]
    registers = {int(at): [int(word, 16) for word in given.split()] for at, given in cells}
    return ModbusSlaveContext(hr=ModbusSparseDataBlock(registers), zero_mode=True)


async def main():
    context = ModbusServerContext(slaves={1: unit(12345.67), 5: unit(500.25), 7: sunspec()}, single=False)
    identity = ModbusDeviceIdentification(info_name={
        "VendorName": "EnergyWatch Tests", "ProductCode": "PM", "MajorMinorRevision": "3.0", "VendorUrl": "http://example.org",
        "ProductName": "pymodbus server", "ModelName": "peer"})
    if sys.argv[1] == "serial":
        server = ModbusSerialServer(
            context, framer=ModbusRtuFramer, identity=identity, port=sys.argv[2], baudrate=19200, ignore_missing_slaves=True)
        await server.start()
        print(0, flush=True)
        await server.serve_forever()
    framer = ModbusRtuFramer if sys.argv[1] == "rtu" else ModbusSocketFramer
    server = ModbusTcpServer(context, framer=framer, identity=identity, address=("127.0.0.1", 0), ignore_missing_slaves=True)
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving
    print(server.server.sockets[0].getsockname()[1], flush=True)
    await serving


asyncio.run(main())
