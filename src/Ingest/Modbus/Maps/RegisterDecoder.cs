namespace EnergyWatch.Ingest.Modbus.Maps;

/// <summary>Registers → value in the canonical unit. Pure.</summary>
public static class RegisterDecoder
{
    /// <summary>
    /// False where the registers hold no value: a sentinel of the model, or a float that is no finite number. Missing, never zero.
    /// </summary>
    public static bool TryDecode(RegisterPoint point, ReadOnlySpan<byte> registers, out double value)
    {
        var raw = point.Format.Raw(registers);
        value = 0;
        for (var i = 0; i < point.Invalid.Count; i++)
            if (point.Invalid[i] == raw) return false;
        var scaled = point.Scaling.Apply(point.Format.Number(raw));
        if (!double.IsFinite(scaled)) return false;
        value = scaled;
        return true;
    }
}
