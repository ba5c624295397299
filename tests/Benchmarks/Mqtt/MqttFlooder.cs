using System.Globalization;

namespace EnergyWatch.Benchmarks.Mqtt;

/// <summary>
/// <c>mqtt-flooder port gateway messages</c>: one gateway that sends so many messages at a time, and again at once,
/// whether they are acknowledged or not. Until it is killed.
/// </summary>
static class MqttFlooder
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var numbers = arguments.Select(argument => int.Parse(argument, CultureInfo.InvariantCulture)).ToArray();
        var (port, gateway, messages) = (numbers[0], numbers[1], numbers[2]);
        using var socket = await LoadGateways.ConnectAsync(port, gateway, gateway);
        byte[] packets = [.. Enumerable.Range(1, messages).SelectMany(id => LoadGateways.Publish(gateway, (ushort)id))];
        Console.WriteLine("ready");
        Console.ReadLine();
        var heard = HearAsync(socket);
        while (!heard.IsCompleted) await socket.SendAsync(packets);
        await heard;
        return 0;
    }

    static async Task HearAsync(System.Net.Sockets.Socket socket)
    {
        var answers = new byte[64 * 1024];
        while (await socket.ReceiveAsync(answers) > 0) { }
    }
}
