using System.ComponentModel.DataAnnotations;
using EnergyWatch.Api.Configuration;
using Microsoft.Extensions.Configuration;

namespace EnergyWatch.Api.Tests.Configuration;

public sealed class ConfigReaderTests
{
    [Fact]
    public void What_is_not_set_keeps_its_default()
    {
        var options = Reader().Bind<Sample>("Sample");
        Assert.Equal((8080, true, "localhost", TimeSpan.FromSeconds(3), null), (options.Port, options.On, options.Host, options.Wait, options.Nested));
    }

    [Fact]
    public void Every_kind_of_setting_is_read()
    {
        var options = Reader(
            ("Sample:Port", "81"), ("Sample:On", "false"), ("Sample:Host", "example"), ("Sample:Wait", "1.5"), ("Sample:Kind", "second"),
            ("Sample:Names:0", "a"), ("Sample:Names:1", "b"), ("Sample:Nested:Name", "n"), ("Sample:Since", "2020-01-01T00:00:00Z")).Bind<Sample>("Sample");
        Assert.Equal((81, false, "example", TimeSpan.FromSeconds(1.5), Kind.Second, "n"), (options.Port, options.On, options.Host, options.Wait, options.Kind, options.Nested?.Name));
        Assert.Equal(["a", "b"], options.Names);
        Assert.Equal(2020, options.Since.Year);
    }

    [Theory]
    [InlineData("Port", "99999", "a whole number from 1 to 65535")]
    [InlineData("Port", "eighty", "a whole number from 1 to 65535")]
    [InlineData("On", "perhaps", "true or false")]
    [InlineData("Wait", "-1", "seconds, or hh:mm:ss")]
    [InlineData("Kind", "third", "one of First, Second")]
    [InlineData("Kind", "7", "one of First, Second")]
    public void A_bad_value_is_reported_with_path_value_and_what_is_allowed(string name, string value, string allowed)
    {
        var reader = Reader(($"Sample:{name}", value));
        reader.Bind<Sample>("Sample");
        Assert.Equal(new ConfigFault($"Sample:{name}", value, allowed), Assert.Single(reader.Faults));
    }

    [Fact]
    public void All_faults_are_reported_not_only_the_first()
    {
        var reader = Reader(("Sample:Port", "x"), ("Sample:On", "x"), ("Sample:Hst", "x"));
        reader.Bind<Sample>("Sample");
        reader.RefuseUnknown(["Sample"]);
        Assert.Equal(["Sample:Port", "Sample:On", "Sample:Hst"], reader.Faults.Select(fault => fault.Path));
        Assert.Contains("did you mean Sample:Host?", reader.Faults[2].Allowed, StringComparison.Ordinal);
    }

    [Fact]
    public void Sections_of_others_are_left_alone()
    {
        var reader = Reader(("Logging:LogLevel", "x"));
        reader.RefuseUnknown(["Sample"]);
        Assert.Empty(reader.Faults);
    }

    [Fact]
    public void What_must_be_given_is_missed()
    {
        var reader = Reader(("List:0:Note", "no name"));
        reader.Many<Required>("List");
        Assert.Equal("List:0:Name", Assert.Single(reader.Faults).Path);
    }

    static ConfigReader Reader(params (string Path, string Value)[] settings) => new(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(entry => KeyValuePair.Create(entry.Path, (string?)entry.Value))).Build());

    enum Kind { First, Second }

    sealed record Sample
    {
        [Range(1, 65535)]
        public int Port { get; init; } = 8080;
        public bool On { get; init; } = true;
        public string Host { get; init; } = "localhost";
        public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(3);
        public Kind Kind { get; init; }
        public IReadOnlyList<string> Names { get; init; } = [];
        public Nested? Nested { get; init; }
        public DateTimeOffset Since { get; init; }
    }

    sealed record Nested { public string? Name { get; init; } }

    sealed record Required
    {
        public required string Name { get; init; }
        public string? Note { get; init; }
    }
}
