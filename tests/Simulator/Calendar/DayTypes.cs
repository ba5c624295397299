using System.Globalization;
using CsvHelper;

namespace EnergyWatch.Simulator.Calendar;

enum DayKind { Workday, Weekend, Holiday }

readonly record struct DayType(DayKind Kind, bool Vacation);

/// <summary>Which local days are worked and taught: <c>days.csv</c>, each row with its evidence; outside its years the plain week.</summary>
static class DayTypes
{
    static readonly Dictionary<DateOnly, DayType> Listed = Load();

    public static DayType Of(DateOnly day) => Listed.TryGetValue(day, out var listed) ? listed : Plain(day);

    static DayType Plain(DateOnly day) =>
        new(day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? DayKind.Weekend : DayKind.Workday, false);

    static Dictionary<DateOnly, DayType> Load()
    {
        var days = new Dictionary<DateOnly, DayType>();
        using var stream = typeof(DayTypes).Assembly.GetManifestResourceStream(typeof(DayTypes), "days.csv")!;
        using var csv = new CsvReader(new StreamReader(stream), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        while (csv.Read())
        {
            var kind = csv.GetField("kind");
            for (var day = Day("first"); day <= Day("last"); day = day.AddDays(1))
            {
                var known = days.TryGetValue(day, out var listed) ? listed : Plain(day);
                days[day] = kind switch
                {
                    "holiday" => known with { Kind = DayKind.Holiday },
                    "workday" => known with { Kind = DayKind.Workday },
                    "vacation" => known with { Vacation = true },
                    _ => throw new InvalidDataException($"days.csv: unknown kind '{kind}'."),
                };
            }
        }
        return days;

        DateOnly Day(string column) => DateOnly.ParseExact(csv.GetField(column)!, "yyyy-MM-dd", CultureInfo.InvariantCulture);
    }
}
