using System.Globalization;
using System.Text;
using EnergyWatch.Domain.Time;

namespace EnergyWatch.Simulator.History;

/// <summary>Rows of one wide CSV file, formatted into one buffer that is written when it is full.</summary>
sealed class CsvRows(string path) : IDisposable
{
    const int Cellful = 40;

    readonly FileStream _file = new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
    readonly byte[] _buffer = new byte[64 * 1024];
    int _used;

    public void Header(IEnumerable<string> codes) => _file.Write(Encoding.UTF8.GetBytes($"time,{string.Join(',', codes)}\n"));

    /// <summary>The time of a row: RFC 3339 in UTC.</summary>
    public void Begin(Instant at)
    {
        MakeRoom();
        at.ToDateTimeOffset().TryFormat(_buffer.AsSpan(_used), out var written, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        _used += written;
    }

    public void Cell(double? value)
    {
        MakeRoom();
        _buffer[_used++] = (byte)',';
        if (value is not { } number) return;
        number.TryFormat(_buffer.AsSpan(_used), out var written, default, CultureInfo.InvariantCulture);
        _used += written;
    }

    public void End()
    {
        MakeRoom();
        _buffer[_used++] = (byte)'\n';
    }

    public void Dispose()
    {
        _file.Write(_buffer.AsSpan(0, _used));
        _file.Dispose();
    }

    void MakeRoom()
    {
        if (_buffer.Length - _used >= Cellful) return;
        _file.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
