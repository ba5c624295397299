namespace EnergyWatch.Simulator.County;

/// <summary>Short words for the tables of the county, so that they read like tables.</summary>
static class Rows
{
    const string Survey = "公共机构能源资源消费统计年报（演示数据）";
    const string Deed = "不动产权证书（演示数据）";

    public static readonly DateOnly Start = On.Day("2023-01-01");

    public static NameFrom Called(string name) => new(Start, name);
    public static NameFrom Called(string from, string name) => new(On.Day(from), name);

    public static AreaFrom Area(double m2) => new(Start, m2, Deed);
    public static AreaFrom Area(string from, double m2, string source) => new(On.Day(from), m2, source + "（演示数据）");

    public static IEnumerable<HeadsFrom> Staff(double staff) => [new(Start, "staff", staff, Survey)];
    public static IEnumerable<HeadsFrom> Staff(string from, double staff) => [new(On.Day(from), "staff", staff, Survey)];

    public static IEnumerable<HeadsFrom> School(double staff, double day, double boarding) => School(Start, staff, day, boarding, Survey);
    public static IEnumerable<HeadsFrom> School(string from, double staff, double day, double boarding) =>
        School(On.Day(from), staff, day, boarding, "学年初教育事业统计报表（演示数据）");

    /// <summary>Visits are those of a year; calibers weigh them with 1/365.</summary>
    public static IEnumerable<HeadsFrom> Hospital(double staff, double beds, double visits) => Hospital(Start, staff, beds, visits, Survey);
    public static IEnumerable<HeadsFrom> Hospital(string from, double staff, double beds, double visits) =>
        Hospital(On.Day(from), staff, beds, visits, "卫生健康统计年报（演示数据）");

    static IEnumerable<HeadsFrom> School(DateOnly from, double staff, double day, double boarding, string source)
    {
        yield return new(from, "staff", staff, source);
        if (day > 0) yield return new(from, "students_day", day, source);
        if (boarding > 0) yield return new(from, "students_boarding", boarding, source);
    }

    static IEnumerable<HeadsFrom> Hospital(DateOnly from, double staff, double beds, double visits, string source)
    {
        yield return new(from, "staff", staff, source);
        yield return new(from, "beds", beds, source);
        yield return new(from, "outpatient_visits", visits, source);
    }
}
