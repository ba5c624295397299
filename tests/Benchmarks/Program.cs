using EnergyWatch.Benchmarks.Modbus;

switch (args.FirstOrDefault())
{
    case "modbus":
        await ModbusLoad.RunAsync();
        return 0;
    case "modbus-slave":
        await ModbusSlave.RunAsync();
        return 0;
    default:
        Console.Error.WriteLine("Say which: modbus");
        return 2;
}
