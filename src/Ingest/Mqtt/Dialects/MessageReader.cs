using System.Globalization;
using System.Text;
using System.Text.Json;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Ingest.Mqtt.Dialects.Replies;
using EnergyWatch.Ingest.Pipeline;

namespace EnergyWatch.Ingest.Mqtt.Dialects;

/// <summary>Reads one message of a gateway as a rule of its dialect says. Kept for the next message of the thread.</summary>
sealed class MessageReader
{
    static readonly string TooManyMarks = string.Create(
        CultureInfo.InvariantCulture,
        $"It says of more than {DialectMemory.MostMarks} values that they cannot be read. Which of the others can be is not "
            + $"known any more: none that it may say that of is stored until this service starts anew.");

    FoundReadings _found = new();
    readonly List<string> _remarks = [];
    IReadOnlyList<DialectReply> _replies = [];
    DialectText _text = null!;
    DialectMemory _memory = null!;
    DialectMessage _message;
    ReadOnlyMemory<byte> _payload;
    ReadingContext _context;
    ItemReader _items = null!;
    bool? _isOnline;

    public MessageScope Scope { get; } = new();

    public TimeZoneInfo Zone => _text.Zone ?? _context.Calendar.Zone;

    public string Dialect => _text.Name;

    public FoundReadings Found => _found;

    public TakenSeries Taken { get; } = new();

    public ReadingContext Context => _context;

    /// <summary>True where a broker kept the message from before: without a time of its own it says nothing of now.</summary>
    public bool IsKept => _message.IsRetained;

    public void Begin(DialectText text, DialectMemory memory, in DialectMessage message, ReadingContext context)
    {
        (_text, _memory, _message, _context, _payload) = (text, memory, message, context, message.Payload);
        _items ??= new ItemReader(this);
        // The batch is looked at until it is stored; the next message must not be found in it.
        _found = new FoundReadings();
        _remarks.Clear();
        Taken.Clear();
        _replies = [];
        _isOnline = null;
    }

    public bool TopicIs(MessageRule rule)
    {
        foreach (var pattern in rule.Topics)
        {
            if (!pattern.Matches(_message.Topic.Span, Scope.Captures)) continue;
            Scope.Begin(_message.Topic, pattern);
            return true;
        }
        return false;
    }

    /// <summary>What the message holds where it came compressed; kept and shown is what came.</summary>
    public void Unfold(ReadOnlyMemory<byte> payload) => _payload = payload;

    public void Enter(JsonElement root) => Scope.Enter(root);

    public DialectReading Read(MessageRule rule, JsonElement root)
    {
        switch (rule.Use)
        {
            case MessageUse.Readings when rule.Payload == PayloadKind.Json: _items.Read(rule, root); break;
            case MessageUse.Readings: _items.ReadText(rule, PayloadText()); break;
            case MessageUse.State: ReadState(rule, root); break;
            case MessageUse.Error: ReadError(rule, PayloadText()); break;
        }
        // What a broker kept from before was answered then.
        if (!IsKept) Reply(rule.Replies);
        return Done(_found.Readable(_message.Payload, Format, _context));
    }

    string Format => IsKept ? DialectFormat.Of(_text.Name, _message.Topic.Span, isKept: true)
        : _memory.FormatOf(_text.Name, _message.Topic.Span);

    /// <summary>
    /// What cannot be read is kept, and answered as far as its topic says how: or it would be sent for ever.
    /// </summary>
    public DialectReading Unreadable(string detail)
    {
        var rule = IsKept ? null : _text.Messages.FirstOrDefault(rule => TopicIs(rule) && rule.Means(Scope));
        if (rule is not null) _replies = rule.Replies.For(_message, _payload.Span, Zone).Replies;
        return Done(_found.Unreadable(detail, _message.Payload, Format, _context));
    }

    /// <summary>What cannot be read, and is answered with nothing either.</summary>
    public DialectReading Unanswered(string detail) => Done(_found.Unreadable(detail, _message.Payload, Format, _context));

    /// <summary>Says something of the gateway, once.</summary>
    /// <param name="about">What it is about: the same is not said again.</param>
    public void Remark(string about, string remark)
    {
        if (!_memory.IsNews(_context.Gateway ?? "", about, out var isLast)) return;
        _remarks.Add(remark);
        if (isLast) _remarks.Add("So much was said of it that what is new from here on is counted and not said.");
    }

    /// <summary>It holds no more: when it does again, it is said again.</summary>
    public void Unsay(string about) => _memory.Clear(_context.Gateway ?? "", about);

    /// <summary>The mark that forbids these readings; null where none does.</summary>
    public string? MarkOn(MessageRule rule)
    {
        if (rule.Marks.Count == 0 || !_memory.HasMarks(_context.Gateway ?? "")) return null;
        foreach (var template in rule.Marks)
            if (Render(template) is { } mark && _memory.IsMarked(_context.Gateway ?? "", mark)) return mark;
        return null;
    }

    public string? Render(TextTemplate template) => template.Render(Scope);

    DialectReading Done(DecodedPayload payload) => new(payload, _replies)
    {
        IsOnline = _isOnline,
        Remarks = _remarks.Count == 0 ? [] : _remarks.ToArray(),
    };

    string PayloadText() => Encoding.UTF8.GetString(_payload.Span).Trim();

    void ReadState(MessageRule rule, JsonElement root)
    {
        var said = PayloadText();
        if (rule.StateAt is { } at) said = root.ValueKind == JsonValueKind.Object ? Scope.Text(at) ?? "" : "";
        if (rule.Online.Contains(said)) _isOnline = true;
        else if (rule.Offline.Contains(said)) _isOnline = false;
    }

    void ReadError(MessageRule rule, string said)
    {
        var isBad = rule.BadWhile is [FieldMatch.Any]
            ? said.Length > 0 : rule.BadWhile.Any(flag => said.Contains(flag, StringComparison.Ordinal));
        foreach (var template in rule.Marks)
        {
            if (Render(template) is not { } mark) continue;
            if (!isBad) _memory.Clear(_context.Gateway ?? "", mark);
            else if (!_memory.Mark(_context.Gateway ?? "", mark)) Remark("too many marks", TooManyMarks);
        }
    }

    void Reply(ReplyRules rules)
    {
        var outcome = rules.For(_message, _payload.Span, Zone);
        _replies = outcome.Replies;
        if (outcome.Refusal is { } refusal) _found.Refuse(0, RefusalCodes.Malformed, refusal);
    }
}
