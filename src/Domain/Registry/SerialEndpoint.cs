using System.Globalization;

namespace EnergyWatch.Domain.Registry;

public enum SerialParity { None, Even, Odd }

/// <summary>A serial port of this machine and how bytes travel on it, written <c>/dev/ttyUSB0?baud=9600&amp;parity=none&amp;stop=1&amp;data=8</c>.</summary>
public sealed record SerialEndpoint(string Path, int Baud = 9600, SerialParity Parity = SerialParity.None, int StopBits = 1)
{
    public static readonly IReadOnlyList<int> Bauds = [300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400];

    /// <summary>Reads the written form; what is left out is 9600 8N1.</summary>
    /// <param name="fault">What is wrong and what is allowed; null where nothing is.</param>
    public static SerialEndpoint? TryParse(string? text, out string? fault)
    {
        var parts = (text ?? "").Trim().Split('?', 2);
        var port = new SerialEndpoint(parts[0]);
        fault = IsPort(port.Path) ? null : $"'{port.Path}' must be a serial port of this machine, for example /dev/ttyUSB0?baud=9600&parity=none";
        var seen = new HashSet<string>();
        foreach (var setting in parts.Length == 2 ? parts[1].Split('&') : [])
        {
            if (fault is not null) break;
            var cut = setting.IndexOf('=');
            var (key, value) = cut < 0 ? (setting, "") : (setting[..cut], setting[(cut + 1)..]);
            port = With(port, key, value, out fault);
            if (fault is null && !seen.Add(key)) fault = $"{key} is given twice";
        }
        return fault is null ? port : null;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Path}?baud={Baud}&parity={Name(Parity)}&stop={StopBits}&data=8");

    static SerialEndpoint With(SerialEndpoint port, string key, string value, out string? fault)
    {
        var number = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? read : 0;
        var parity = Array.FindIndex(Enum.GetValues<SerialParity>(), known => Name(known) == value);
        fault = key switch
        {
            "baud" when !Bauds.Contains(number) => $"baud '{value}' must be one of {string.Join(", ", Bauds)}",
            "parity" when parity < 0 => $"parity '{value}' must be none, even or odd",
            "stop" when number is not (1 or 2) => $"stop '{value}' must be 1 or 2",
            "data" when number != 8 => $"data '{value}' must be 8: every protocol here sends bytes of 8 bits",
            "baud" or "parity" or "stop" or "data" => null,
            _ => $"'{key}' is no setting of a serial port; there are baud, parity, stop and data",
        };
        return (fault, key) switch
        {
            (null, "baud") => port with { Baud = number },
            (null, "parity") => port with { Parity = (SerialParity)parity },
            (null, "stop") => port with { StopBits = number },
            _ => port,
        };
    }

    static string Name(SerialParity parity) => parity switch
    {
        SerialParity.Even => "even",
        SerialParity.Odd => "odd",
        _ => "none",
    };

    // A device and nothing else: opening any file of the machine for writing is not what a gateway may ask for.
    static bool IsPort(string path) =>
        path.StartsWith("/dev/", StringComparison.Ordinal) && path.Length > 5 && !path.Any(char.IsControl)
        && !path.Split('/').Contains("..");
}
