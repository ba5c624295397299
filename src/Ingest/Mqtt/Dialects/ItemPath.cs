using System.Text.Json;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>
/// Where the items of a message stand: <c>ENERGY</c>, <c>devices[].services[]</c>, <c>params.em:{n}</c> (every field whose
/// name is so), <c>data.{code}</c> (every field); <c>.</c> is the message itself.
/// </summary>
sealed class ItemPath
{
    readonly Step[] _steps;

    ItemPath(Step[] steps) => _steps = steps;

    public IEnumerable<string> Names => _steps.Select(step => step.Capture).OfType<string>();

    public static ItemPath? Parse(string text)
    {
        if (text == ".") return new ItemPath([]);
        var steps = new List<Step>();
        foreach (var part in text.Split('.'))
        {
            var name = part;
            var lists = 0;
            for (; name.EndsWith("[]", StringComparison.Ordinal); lists++) name = name[..^2];
            if (name.Length == 0 && lists == 0) return null;
            if (name.Length > 0)
            {
                if (Step.Parse(name) is not { } step) return null;
                steps.Add(step);
            }
            for (; lists > 0; lists--) steps.Add(Step.Each);
        }
        return new ItemPath([.. steps]);
    }

    /// <summary>Calls for each item, with the scope standing around it. How many there were.</summary>
    public int Visit<T>(JsonElement root, MessageScope scope, T state, Action<JsonElement, T> visit) =>
        Visit(root, 0, scope, state, visit);

    int Visit<T>(JsonElement at, int step, MessageScope scope, T state, Action<JsonElement, T> visit)
    {
        scope.Enter(at);
        var count = step == _steps.Length ? Call(at, state, visit) : Below(at, step, scope, state, visit);
        scope.Leave();
        return count;
    }

    static int Call<T>(JsonElement at, T state, Action<JsonElement, T> visit)
    {
        visit(at, state);
        return 1;
    }

    int Below<T>(JsonElement at, int step, MessageScope scope, T state, Action<JsonElement, T> visit)
    {
        var (now, count) = (_steps[step], 0);
        if (now == Step.Each)
        {
            if (at.ValueKind != JsonValueKind.Array) return 0;
            foreach (var item in at.EnumerateArray()) count += Visit(item, step + 1, scope, state, visit);
            return count;
        }
        if (at.ValueKind != JsonValueKind.Object) return 0;
        if (now.Capture is null)
            return at.TryGetProperty(now.Prefix, out var field) ? Visit(field, step + 1, scope, state, visit) : 0;
        foreach (var property in at.EnumerateObject())
        {
            if (JsonText.NameOf(property) is not { } name || now.Captured(name) is not { } captured) continue;
            scope.Name(now.Capture, captured);
            count += Visit(property.Value, step + 1, scope, state, visit);
            scope.Unname();
        }
        return count;
    }

    sealed record Step(string Prefix, string? Capture, string Suffix)
    {
        public static Step Each { get; } = new("[]", null, "");

        public static Step? Parse(string name)
        {
            var open = name.IndexOf('{', StringComparison.Ordinal);
            if (open < 0) return name.AsSpan().IndexOfAny("[]}") < 0 ? new Step(name, null, "") : null;
            var close = name.IndexOf('}', open);
            return close < open + 2 ? null : new Step(name[..open], name[(open + 1)..close], name[(close + 1)..]);
        }

        public string? Captured(string name) =>
            name.Length > Prefix.Length + Suffix.Length && name.StartsWith(Prefix, StringComparison.Ordinal)
                && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[Prefix.Length..^Suffix.Length] : null;
    }
}
