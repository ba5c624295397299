using EnergyWatch.Ingest.Definitions;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>The keys of a self-test.</summary>
static class TestKeys
{
    static readonly Dictionary<string, bool> YesNo = new() { ["true"] = true, ["false"] = false };

    public static DialectTest Test(DefinitionNode node)
    {
        var test = new DialectTest
        {
            Name = node.Text("name"),
            Line = node.Line,
            Meters = DialectFile.Texts(node, "meters"),
            Messages = [.. node.Children("before").Select(Finished), Message(node)],
            Readings = DialectFile.Texts(node, "readings"),
            Refused = DialectFile.Texts(node, "refused"),
            Replies = DialectFile.Texts(node, "replies"),
            Remarks = DialectFile.Texts(node, "remarks"),
            IsOnline = node.OptionalText("online") is null ? null : node.OneOf("online", YesNo),
        };
        node.Finish();
        return test;
    }

    static TestMessage Finished(DefinitionNode node)
    {
        var message = Message(node);
        node.Finish();
        return message;
    }

    static TestMessage Message(DefinitionNode node) =>
        new(node.Text("topic"), node.OptionalText("sent") ?? "", node.Flag("retained"));
}
