using EnergyWatch.Domain.Registry;

namespace EnergyWatch.Domain.Tests.Registry;

public sealed class SerialEndpointTests
{
    [Theory]
    [InlineData("/dev/ttyUSB0", "/dev/ttyUSB0?baud=9600&parity=none&stop=1&data=8")]
    [InlineData(" /dev/ttyS1?baud=2400&parity=even ", "/dev/ttyS1?baud=2400&parity=even&stop=1&data=8")]
    [InlineData("/dev/serial/by-id/usb-FTDI_A1-if00?stop=2&parity=odd&data=8&baud=115200", "/dev/serial/by-id/usb-FTDI_A1-if00?baud=115200&parity=odd&stop=2&data=8")]
    public void A_port_is_a_device_and_its_settings(string text, string written)
    {
        var port = SerialEndpoint.TryParse(text, out var fault);
        Assert.Null(fault);
        Assert.Equal(written, port!.ToString());
        Assert.Equal(port, SerialEndpoint.TryParse(written, out _));
    }

    [Theory]
    [InlineData(null, "must be a serial port of this machine")]
    [InlineData("10.0.0.7:502", "must be a serial port of this machine")]
    [InlineData("/etc/passwd", "must be a serial port of this machine")]
    [InlineData("/dev/../etc/passwd", "must be a serial port of this machine")]
    [InlineData("/dev/", "must be a serial port of this machine")]
    [InlineData("/dev/ttyUSB0?baud=9601", "baud '9601' must be one of 300, 600, 1200, 2400, 4800, 9600")]
    [InlineData("/dev/ttyUSB0?baud=", "baud '' must be one of")]
    [InlineData("/dev/ttyUSB0?parity=E", "parity 'E' must be none, even or odd")]
    [InlineData("/dev/ttyUSB0?stop=1.5", "stop '1.5' must be 1 or 2")]
    [InlineData("/dev/ttyUSB0?data=7", "data '7' must be 8")]
    [InlineData("/dev/ttyUSB0?speed=9600", "'speed' is no setting of a serial port; there are baud, parity, stop and data")]
    [InlineData("/dev/ttyUSB0?", "'' is no setting")]
    [InlineData("/dev/ttyUSB0?baud=9600&baud=2400", "baud is given twice")]
    public void What_is_wrong_is_named_with_what_is_allowed(string? text, string fault)
    {
        Assert.Null(SerialEndpoint.TryParse(text, out var found));
        Assert.Contains(fault, found, StringComparison.Ordinal);
    }
}
