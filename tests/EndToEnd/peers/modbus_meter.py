"""A Modbus TCP meter by pymodbus 3.0: unit 1, float32 energy at holding register 0 and power at 2."""
import asyncio
import struct
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer


def words(value):
    return list(struct.unpack(">HH", struct.pack(">f", value)))


async def main(port):
    block = ModbusSequentialDataBlock(0, words(4321.5) + words(12.25) + [0] * 60)
    context = ModbusServerContext(slaves={1: ModbusSlaveContext(hr=block, ir=block, zero_mode=True)}, single=False)
    print("ready", flush=True)
    await StartAsyncTcpServer(context, address=("127.0.0.1", port))


asyncio.run(main(int(sys.argv[1])))
