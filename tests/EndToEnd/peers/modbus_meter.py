"""A Modbus TCP meter by pymodbus 3.0, unit 1, with floats as two words.

Holding registers: energy at 0 and power at 2, as generic-energy-float has it. Input registers: as an Eastron SDM630, with nothing but zeroes
beside its voltage, power and imported energy.
"""
import asyncio
import struct
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer


def block(values):
    words = [0] * 400
    for address, value in values.items():
        words[address:address + 2] = struct.unpack(">HH", struct.pack(">f", value))
    return ModbusSequentialDataBlock(0, words)


async def main(port):
    meter = ModbusSlaveContext(
        hr=block({0: 4321.5, 2: 12.25}), ir=block({0: 229.5, 2: 230.5, 4: 228.5, 52: 41200.0, 72: 12400.25}), zero_mode=True)
    print("ready", flush=True)
    await StartAsyncTcpServer(ModbusServerContext(slaves={1: meter}, single=False), address=("127.0.0.1", port))


asyncio.run(main(int(sys.argv[1])))
