using System.Globalization;

namespace EnergyWatch.Domain.Time;

/// <summary>The written names of calendar periods and back.</summary>
static class PeriodName
{
    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    public static string Month(DateOnly day) => day.ToString("yyyy-MM", CultureInfo.InvariantCulture);
    public static string Quarter(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"{day.Year:0000}-Q{(day.Month + 2) / 3}");
    public static string Year(DateOnly day) => day.ToString("yyyy", CultureInfo.InvariantCulture);

    public static bool TryParse(string? name, out DateOnly day, out Grain grain)
    {
        grain = name?.Length switch { 4 => Grain.Year, 7 when name[5] == 'Q' => Grain.Quarter, 7 => Grain.Month, _ => Grain.Day };
        var spelled = grain switch
        {
            Grain.Year => name + "-01-01",
            Grain.Quarter when name![6] is >= '1' and <= '4' => $"{name[..5]}{(name[6] - '0') * 3 - 2:00}-01",
            Grain.Month => name + "-01",
            _ => name,
        };
        return DateOnly.TryParseExact(spelled, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
    }
}
