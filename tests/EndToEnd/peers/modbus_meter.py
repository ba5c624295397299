"""A Modbus TCP meter, unit 1, with floats as two words. Needs Python 3 alone.

Holding registers (function 3): energy at 0 and power at 2, as generic-energy-float has it. Input registers (function 4): as an Eastron
SDM630, with nothing but zeroes beside its voltages, power, frequency and imported energy.
"""
import asyncio
import struct
import sys

UNIT = 1
REGISTERS = 400
FLOATS = {
    3: {0: 4321.5, 2: 12.25},
    4: {0: 229.5, 2: 230.5, 4: 228.5, 52: 41200.0, 70: 50.0, 72: 12400.25},
}
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, NO_ANSWER_BEHIND_GATEWAY = 1, 2, 3, 11


def table(floats):
    held = bytearray(2 * REGISTERS)
    for address, value in floats.items():
        struct.pack_into(">f", held, 2 * address, value)
    return bytes(held)


TABLES = {function: table(floats) for function, floats in FLOATS.items()}


def answer(unit, pdu):
    function = pdu[0]
    if unit != UNIT:
        return refusal(function, NO_ANSWER_BEHIND_GATEWAY)
    if function not in TABLES:
        return refusal(function, ILLEGAL_FUNCTION)
    if len(pdu) != 5:
        return refusal(function, ILLEGAL_VALUE)
    first, count = struct.unpack(">HH", pdu[1:])
    if not 1 <= count <= 125:
        return refusal(function, ILLEGAL_VALUE)
    if first + count > REGISTERS:
        return refusal(function, ILLEGAL_ADDRESS)
    return bytes((function, 2 * count)) + TABLES[function][2 * first:2 * (first + count)]


def refusal(function, code):
    return bytes((function | 0x80, code))


async def serve(reader, writer):
    # MBAP header: transaction (2), protocol (2), length (2) of what follows, unit (1).
    try:
        while True:
            transaction, protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
            if protocol != 0 or not 2 <= length <= 254:
                return
            pdu = answer(unit, await reader.readexactly(length - 1))
            writer.write(struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(port):
    server = await asyncio.start_server(serve, "127.0.0.1", port)
    print(f"ready: unit {UNIT} at 127.0.0.1:{port}", flush=True)
    async with server:
        await server.serve_forever()


try:
    asyncio.run(main(int(sys.argv[1])))
except KeyboardInterrupt:
    pass
