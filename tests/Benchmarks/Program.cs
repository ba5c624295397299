using EnergyWatch.Benchmarks.Csv;
using EnergyWatch.Benchmarks.Micro;
using EnergyWatch.Benchmarks.Modbus;
using EnergyWatch.Benchmarks.Mqtt;
using EnergyWatch.Benchmarks.Pipeline;

// One command per question; each prints its own table. Run them built with -c Release.
switch (args.FirstOrDefault())
{
    case "modbus":
        return await ModbusLoad.RunAsync(args[1..]);
    case "modbus-county":
        return await CountyLoad.RunAsync(args[1..]);
    case "modbus-slave":
        await ModbusSlave.RunAsync(args[1..]);
        return 0;
    case "micro":
        return MicroBench.Run(args[1..]);
    case "csv":
        await CsvLoad.RunAsync();
        return 0;
    case "mqtt-listener":
        return await MqttListenerBench.RunAsync(args[1..]);
    case "mqtt-blast":
        return await MqttBlast.RunAsync(args[1..]);
    case "mqtt-exchange":
        return await ExchangeBench.RunAsync(args[1..]);
    case "mqtt-exchange-load":
        return await ExchangeBench.LoadAsync(args[1..]);
    case "mqtt-feed":
        return await MqttFeedBench.RunAsync(args[1..]);
    case "mqtt-feeder":
        return await MqttFeeder.RunAsync(args[1..]);
    case "mqtt-broker":
        return await MqttBrokerBench.RunAsync(args[1..]);
    case "mqtt-county":
        return await MqttCountyBench.RunAsync(args[1..]);
    case "mqtt-bare":
        return await BareListener.RunAsync();
    case "mqtt-paced":
        return await MqttPaced.RunAsync(args[1..]);
    case "mqtt-idle":
        return await MqttIdleBench.RunAsync(args[1..]);
    case "mqtt-idlers":
        return await MqttIdlers.RunAsync(args[1..]);
    case "mqtt-flood":
        return await MqttFloodBench.RunAsync(args[1..]);
    case "mqtt-flooder":
        return await MqttFlooder.RunAsync(args[1..]);
    case "payload":
        return PayloadLoad.Run();
    case "pipeline":
        return await PipelineLoad.RunAsync(args[1..]);
    default:
        Console.Error.WriteLine("Say which: csv, micro modbus, modbus [at-once] [--rounds N], modbus-county [seconds], mqtt-broker [messages], mqtt-county [seconds] [sqlite], mqtt-exchange [rounds], mqtt-feed [messages], mqtt-flood [seconds], mqtt-idle [connections...], mqtt-listener [messages], payload, pipeline [batches]");
        return 2;
}
