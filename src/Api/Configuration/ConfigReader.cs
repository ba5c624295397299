using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace EnergyWatch.Api.Configuration;

/// <summary>
/// Fills option records from settings and collects every fault instead of stopping at the first. What no record asks for is unknown,
/// and reported too: a misspelt setting must not be silently without effect.
/// </summary>
sealed class ConfigReader(IConfiguration configuration)
{
    // Longer than anything that is waited for here, and short enough for every timer.
    static readonly TimeSpan LongestSpan = TimeSpan.FromDays(40);

    readonly List<ConfigFault> _faults = [];
    readonly HashSet<string> _asked = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<ConfigFault> Faults => _faults;

    public void Fault(string path, string? value, string allowed) => _faults.Add(new ConfigFault(path, value, allowed));

    public string? Text(string path, string? otherwise = null)
    {
        _asked.Add(path);
        return configuration[path] is { Length: > 0 } value ? value : otherwise;
    }

    /// <summary>
    /// The values of a list; null where there is none. One comma-separated text, as the command line and the environment give it, has the
    /// last word over an array in a file.
    /// </summary>
    public IReadOnlyList<string>? List(string path)
    {
        var items = Items(path).Select(item => Text(item)).OfType<string>().ToList();
        string[] values = [.. (Text(path)?.Split(',') ?? [.. items]).Select(value => value.Trim()).Where(value => value.Length > 0)];
        return values.Length > 0 ? values : null;
    }

    /// <summary>The records of a list.</summary>
    public IReadOnlyList<T> Many<T>(string path) where T : class => [.. Items(path).Select(Bind<T>)];

    /// <summary>A record of options: its property names are the names of the settings, what is not set keeps its default.</summary>
    public T Bind<T>(string path) where T : class => (T)Bind(typeof(T), path);

    /// <summary>Reports every setting in sections of ours that no record asked for, with the name that comes nearest.</summary>
    public void RefuseUnknown(IReadOnlyCollection<string> sections)
    {
        foreach (var (path, value) in configuration.AsEnumerable().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (value is null || _asked.Contains(path) || !sections.Contains(path.Split(':')[0], StringComparer.OrdinalIgnoreCase)) continue;
            Fault(path, value, $"no such setting; did you mean {_asked.MinBy(known => EditDistance.Of(known, path))}?");
        }
    }

    IEnumerable<string> Items(string path) => configuration.GetSection(path).GetChildren().Select(child => child.Path);

    object Bind(Type type, string path)
    {
        var record = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties().Where(property => property.SetMethod is not null))
        {
            var place = path.Length > 0 ? $"{path}:{property.Name}" : property.Name;
            if (Read(property, place, out var value)) property.SetValue(record, value);
        }
        return record;
    }

    /// <summary>False where nothing is set, or what is set cannot be used; the latter is reported.</summary>
    bool Read(PropertyInfo property, string place, out object? value)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        value = null;
        if (type == typeof(IReadOnlyList<string>)) return (value = List(place)) is not null;
        if (IsRecord(type))
        {
            if (Nullable.GetUnderlyingType(property.PropertyType) is null && !Items(place).Any()) return false;
            value = Bind(type, place);
            return true;
        }
        if (Text(place) is not { } text)
        {
            if (property.IsDefined(typeof(RequiredMemberAttribute))) Fault(place, null, "must be given");
            return false;
        }
        var range = property.GetCustomAttribute<RangeAttribute>();
        if (!TryParse(type, text, out value) || range?.IsValid(value) == false)
        {
            Fault(place, text, Allowed(type, range));
            return false;
        }
        return true;
    }

    static bool IsRecord(Type type) =>
        type.IsClass && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type);

    static bool TryParse(Type type, string text, out object? value)
    {
        var culture = CultureInfo.InvariantCulture;
        var parsed = false;
        value = null;
        if (type == typeof(string)) (parsed, value) = (true, text);
        else if (type == typeof(bool)) (parsed, value) = (bool.TryParse(text, out var flag), flag);
        else if (type == typeof(int)) (parsed, value) = (int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var number), number);
        else if (type == typeof(double)) (parsed, value) = (double.TryParse(text, NumberStyles.Float, culture, out var real) && double.IsFinite(real), real);
        else if (type == typeof(long)) (parsed, value) = (long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out var whole), whole);
        else if (type == typeof(TimeSpan)) (parsed, value) = (TryParseSpan(text, out var span), span);
        else if (type == typeof(DateOnly)) (parsed, value) = (DateOnly.TryParseExact(text, "yyyy-MM-dd", culture, DateTimeStyles.None, out var day), day);
        else if (type == typeof(DateTimeOffset)) (parsed, value) = (DateTimeOffset.TryParse(text, culture, DateTimeStyles.AssumeUniversal, out var moment), moment);
        else if (type.IsEnum) parsed = Enum.TryParse(type, text, ignoreCase: true, out value) && Enum.IsDefined(type, value!);
        else throw new NotSupportedException($"Options of type {type.Name} are not read from the configuration.");
        return parsed;
    }

    // 30 is seconds; 00:00:30 is the same.
    static bool TryParseSpan(string text, out TimeSpan span)
    {
        var inSeconds = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds);
        span = default;
        if (inSeconds && seconds > LongestSpan.TotalSeconds) return false;
        if (inSeconds) span = TimeSpan.FromSeconds(seconds);
        return (inSeconds || TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out span)) && span >= TimeSpan.Zero && span <= LongestSpan;
    }

    static string Allowed(Type type, RangeAttribute? range)
    {
        var kind = type == typeof(bool) ? "true or false"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(double) ? "a number"
            : type == typeof(TimeSpan) ? "seconds, or hh:mm:ss"
            : type == typeof(DateOnly) ? "a day like 2026-01-31"
            : type == typeof(DateTimeOffset) ? "a time like 2026-01-31T00:00:00Z"
            : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
            : "a text";
        return range is null ? kind : $"{kind} from {range.Minimum} to {range.Maximum}";
    }
}
