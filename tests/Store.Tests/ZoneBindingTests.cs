using EnergyWatch.Store.Sqlite;

namespace EnergyWatch.Store.Tests;

public sealed class ZoneBindingTests
{
    [Fact]
    public async Task Data_of_one_zone_are_not_opened_in_another()
    {
        await using var store = await OpenStore.InAsync(zone: "Asia/Shanghai");
        var folder = store.Options.DataFolder;

        var refused = await Assert.ThrowsAsync<StoreZoneException>(() => OpenStore.InAsync(folder, zone: "Europe/Berlin"));
        Assert.Contains("Asia/Shanghai", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Europe/Berlin", refused.Message, StringComparison.Ordinal);
        await using var again = await OpenStore.InAsync(folder, zone: "Asia/Shanghai");
    }
}
