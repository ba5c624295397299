using System.Data;
using System.Globalization;
using Dapper;
using EnergyWatch.Domain.Readings;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Store.Sqlite;

/// <summary>Instants are stored as integer milliseconds since 1970 in UTC.</summary>
sealed class InstantHandler : SqlMapper.TypeHandler<Instant>
{
    public override void SetValue(IDbDataParameter parameter, Instant value) =>
        parameter.Value = value.UnixMilliseconds;
    public override Instant Parse(object value) => new((long)value);
}

/// <summary>Local days are stored as text <c>yyyy-MM-dd</c>, which sorts as they do.</summary>
sealed class DayHandler : SqlMapper.TypeHandler<DateOnly>
{
    const string Format = "yyyy-MM-dd";

    public override void SetValue(IDbDataParameter parameter, DateOnly value) => parameter.Value = Text(value);
    public override DateOnly Parse(object value) => Day((string)value);

    public static string Text(DateOnly day) => day.ToString(Format, CultureInfo.InvariantCulture);

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, Format, CultureInfo.InvariantCulture);
}

sealed class MeterIdHandler : SqlMapper.TypeHandler<MeterId>
{
    public override void SetValue(IDbDataParameter parameter, MeterId value) => parameter.Value = (long)value.Value;
    public override MeterId Parse(object value) => new((int)(long)value);
}
