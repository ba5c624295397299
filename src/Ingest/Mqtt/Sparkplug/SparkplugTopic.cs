using System.Text;

namespace EnergyWatch.Ingest.Mqtt.Sparkplug;

/// <summary>What a message of an edge node is.</summary>
enum MessageKind : byte { None, NodeBirth, NodeData, NodeDeath, DeviceBirth, DeviceData, DeviceDeath }

/// <summary>
/// The topic of a message of an edge node: <c>spBv1.0/{group}/{kind}/{edge node}[/{device}]</c> (§4.1). Identifiers are
/// compared byte for byte: they are case sensitive.
/// </summary>
readonly ref struct SparkplugTopic
{
    public const string Root = "spBv1.0";

    static readonly string[] OfNode = ["NBIRTH", "NDATA", "NDEATH"];
    static readonly string[] OfDevice = ["DBIRTH", "DDATA", "DDEATH"];

    public MessageKind Kind { get; private init; }
    public ReadOnlySpan<byte> Group { get; private init; }
    public ReadOnlySpan<byte> EdgeNode { get; private init; }

    /// <summary>Empty where the message is of the edge node itself.</summary>
    public ReadOnlySpan<byte> Device { get; private init; }

    /// <summary>False where it is none: a command, a STATE, or of another make.</summary>
    public static bool TryRead(ReadOnlySpan<byte> topic, out SparkplugTopic read)
    {
        read = default;
        if (!topic.StartsWith("spBv1.0/"u8)) return false;
        var rest = topic["spBv1.0/".Length..];
        var group = Level(rest, out rest);
        var kind = KindOf(Level(rest, out rest));
        var node = Level(rest, out rest);
        read = new SparkplugTopic { Kind = kind, Group = group, EdgeNode = node, Device = rest };
        if (kind == MessageKind.None || group.IsEmpty || node.IsEmpty || rest.Contains((byte)'/')) return false;
        return rest.IsEmpty ? kind < MessageKind.DeviceBirth && topic[^1] != '/' : kind >= MessageKind.DeviceBirth;
    }

    /// <summary>The filters of all that this edge node may say, and no more.</summary>
    public static IReadOnlyList<string> Upward(string group, string node) =>
    [
        .. OfNode.Select(kind => $"{Root}/{group}/{kind}/{node}"),
        .. OfDevice.Select(kind => $"{Root}/{group}/{kind}/{node}/+"),
    ];

    /// <summary>The filters of all that it may hear: its commands, and whether a host is there.</summary>
    public static IReadOnlyList<string> Downward(string group, string node) =>
        [$"{Root}/{group}/NCMD/{node}/#", $"{Root}/{group}/DCMD/{node}/#", $"{Root}/STATE/#"];

    /// <summary>The topic of a message of this edge node.</summary>
    public static string Of(EdgeNodeName node, MessageKind kind, string device)
    {
        var name = kind < MessageKind.DeviceBirth
            ? OfNode[(int)kind - (int)MessageKind.NodeBirth] : OfDevice[(int)kind - (int)MessageKind.DeviceBirth];
        return $"{Root}/{node.Group}/{name}/{node.Node}{(device.Length == 0 ? "" : "/")}{device}";
    }

    public static string Command(string group, string node) => $"{Root}/{group}/NCMD/{node}";

    public static string State(string hostId) => $"{Root}/STATE/{hostId}";

    /// <summary>
    /// Group and edge node of a user name <c>{group}/{edge node}</c>; null where it is not of that form.
    /// </summary>
    public static (string Group, string Node)? OfUsername(string username)
    {
        var at = username.IndexOf('/', StringComparison.Ordinal);
        if (at <= 0 || at == username.Length - 1 || username.AsSpan(at + 1).Contains('/')) return null;
        if (username.AsSpan().IndexOfAny('+', '#', '\0') >= 0 || username[..at] is "STATE") return null;
        return (username[..at], username[(at + 1)..]);
    }

    /// <summary>The user name of the edge node's gateway.</summary>
    public string Username => string.Concat(Encoding.UTF8.GetString(Group), "/", Encoding.UTF8.GetString(EdgeNode));

    static ReadOnlySpan<byte> Level(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> rest)
    {
        var end = text.IndexOf((byte)'/');
        rest = end < 0 ? default : text[(end + 1)..];
        return end < 0 ? text : text[..end];
    }

    static MessageKind KindOf(ReadOnlySpan<byte> level)
    {
        if (level.SequenceEqual("DDATA"u8)) return MessageKind.DeviceData;
        if (level.SequenceEqual("NDATA"u8)) return MessageKind.NodeData;
        if (level.SequenceEqual("DBIRTH"u8)) return MessageKind.DeviceBirth;
        if (level.SequenceEqual("NBIRTH"u8)) return MessageKind.NodeBirth;
        if (level.SequenceEqual("DDEATH"u8)) return MessageKind.DeviceDeath;
        return level.SequenceEqual("NDEATH"u8) ? MessageKind.NodeDeath : MessageKind.None;
    }
}
