using System.Globalization;
using System.Text.Json;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>
/// A limit on what the devices of a namespace send: a token bucket (tbf) in place of the kernel's default discipline. Nothing of it ends by itself with
/// this process, so who sets it up sees to it that <see cref="Remove()"/> is called.
/// </summary>
public sealed class DeviceLimit
{
    /// <summary>The handle of every discipline that is ours, as <c>tc</c> writes it.</summary>
    public const string Handle = "fa17:";

    // What may wait in a device before it is lost, in time at the rate: a deep buffer, as of a home's router.
    private const string Latency = "400ms";

    // The kernel gives its own default disciplines no handle; whoever set one up by hand did.
    private const string DefaultHandle = "0:";

    private readonly NetworkNamespace _place;
    private long _packets;
    private bool _removed;

    private DeviceLimit(NetworkNamespace place, IReadOnlyList<string> devices)
    {
        _place = place;
        Devices = devices;
    }

    /// <summary>The devices that are limited.</summary>
    public IReadOnlyList<string> Devices { get; }

    /// <summary>Packets that had to wait or were lost.</summary>
    public long Packets => _removed ? _packets : _packets = _place.Within(() => Roots().Where(r => r.Handle == Handle).Sum(r => r.Limited));

    /// <summary>The devices of a namespace that would be limited: all that are up, without loopback.</summary>
    /// <exception cref="FalterException"><c>qdisc-in-use</c>: one has a discipline that somebody set up. <c>rule-not-supported</c>: there is none.</exception>
    public static IReadOnlyList<string> DevicesOf(NetworkNamespace place) =>
        place.Within(() =>
        {
            string[] devices = Links();
            if (devices.Length == 0) throw FalterException.Usage("rule-not-supported", "the target's network has no device but loopback, so there is nothing to limit");
            foreach (QueueingDiscipline root in Roots().Where(r => devices.Contains(r.Device) && r.Handle != DefaultHandle))
            {
                throw FalterException.Cannot("qdisc-in-use", $"device {root.Device} has the queueing discipline {root.Kind} {root.Handle} that somebody set up; remove it (tc qdisc del dev {root.Device} root), or use network:drop= instead");
            }
            return devices;
        });

    /// <summary>Limits devices to a rate; all of them, or none.</summary>
    public static DeviceLimit Apply(NetworkNamespace place, IReadOnlyList<string> devices, long bitsPerSecond)
    {
        // As tc-tbf(8) has it: the bucket must hold what comes in one tick, and a packet of full size. 10 ms are more than a tick of any Debian kernel.
        string rate = string.Create(CultureInfo.InvariantCulture, $"{bitsPerSecond}bit"), burst = string.Create(CultureInfo.InvariantCulture, $"{Math.Max(3200, bitsPerSecond / 800)}");
        try
        {
            place.Within(() =>
            {
                foreach (string device in devices)
                {
                    SystemProgram.RunChecked("tc", "qdisc", "add", "dev", device, "root", "handle", Handle, "tbf", "rate", rate, "burst", burst, "latency", Latency);
                    if (!Roots().Any(r => r.Device == device && r is { Handle: Handle, Kind: "tbf" })) throw FalterException.Cannot("rules-refused", $"tc set up a limit on {device}, and it is not there");
                }
            });
            return new DeviceLimit(place, devices);
        }
        catch
        {
            Remove(place, devices);
            throw;
        }
    }

    /// <summary>Removes the limits that are there and ours.</summary>
    public void Remove()
    {
        if (_removed) return;
        _ = Packets;
        _removed = true;
        Remove(_place, Devices);
    }

    /// <summary>The devices of a namespace that bear a limit of ours.</summary>
    public static IReadOnlyList<string> Limited(NetworkNamespace place) => place.Within(() => Roots().Where(r => r.Handle == Handle).Select(r => r.Device).ToArray());

    /// <summary>Removes limits of ours; the kernel puts its default in their place.</summary>
    /// <param name="place">Where.</param>
    /// <param name="devices">On these.</param>
    public static void Remove(NetworkNamespace place, IReadOnlyList<string> devices) =>
        place.Within(() =>
        {
            foreach (string device in Roots().Where(r => r.Handle == Handle).Select(r => r.Device).Intersect(devices))
            {
                SystemProgram.RunChecked("tc", "qdisc", "del", "dev", device, "root", "handle", Handle);
            }
        });

    private static string[] Links()
    {
        using var links = JsonDocument.Parse(SystemProgram.RunChecked("ip", "-json", "link", "show", "up"));
        return [.. links.RootElement.EnumerateArray().Where(l => l.TryGetProperty("link_type", out JsonElement type) && type.GetString() != "loopback").Select(l => l.GetProperty("ifname").GetString()!)];
    }

    private static QueueingDiscipline[] Roots()
    {
        using var shown = JsonDocument.Parse(SystemProgram.RunChecked("tc", "-json", "-statistics", "qdisc", "show"));
        return
        [
            .. shown.RootElement.EnumerateArray().Where(q => q.TryGetProperty("root", out JsonElement root) && root.ValueKind == JsonValueKind.True)
                .Select(q => new QueueingDiscipline(q.GetProperty("dev").GetString()!, q.GetProperty("kind").GetString()!, q.GetProperty("handle").GetString()!, Number(q, "overlimits") + Number(q, "drops"))),
        ];
    }

    private static long Number(JsonElement discipline, string name) => discipline.TryGetProperty(name, out JsonElement value) ? value.GetInt64() : 0;

    private sealed record QueueingDiscipline(string Device, string Kind, string Handle, long Limited);
}
