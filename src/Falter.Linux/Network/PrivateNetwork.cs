using System.Globalization;
using System.Net;
using Falter.Linux.Features;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>
/// A network of Falter's own: one namespace for each member, joined by a bridge that this process's namespace is on too. It leads nowhere else. Members reach each other, and Falter reaches them, by
/// their addresses; each has its own loopback.
/// </summary>
public sealed class PrivateNetwork : IDisposable
{
    // Two hexadecimal digits tell ports apart, and a name of a device has at most 15 bytes (IFNAMSIZ - 1): falter-xxxxx-ff.
    private const int MostMembers = 200;
    private const string Device = "eth0", Prefix = "falter-", Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    // What the kernel answers where packets that a bridge forwards pass the host's packet rules (net/bridge/br_netfilter_hooks.c).
    private const string FilteredBridges = "/proc/sys/net/bridge/bridge-nf-call-iptables";

    private readonly UndoJournal _journal;
    private readonly RemoveBridge _step;
    private readonly IPNetwork _range;
    private readonly Dictionary<string, (NetworkNamespace Place, IPAddress Address)> _members = new(StringComparer.Ordinal);

    private PrivateNetwork(UndoJournal journal, RemoveBridge step, IPNetwork range)
    {
        (_journal, _step, _range) = (journal, step, range);
        Address = FreeRange.AddressIn(range, 1);
    }

    /// <summary>Falter's own address on the bridge.</summary>
    public IPAddress Address { get; }

    /// <summary>The bridge's name.</summary>
    public string Bridge => _step.Bridge;

    /// <summary>What should be known of it.</summary>
    public IReadOnlyList<Finding> Findings { get; } = File.Exists(FilteredBridges) && File.ReadAllText(FilteredBridges).Trim() != "0"
        ? [Finding.Note("bridge-filtered", $"packets between roles pass the packet rules of this machine ({FilteredBridges} is 1), which may drop them; where roles do not reach each other: sysctl net.bridge.bridge-nf-call-iptables=0")]
        : [];

    /// <summary>Makes the network.</summary>
    /// <param name="members">Their names, in the order of their addresses.</param>
    /// <param name="journal">Told before how it is taken back. Stays the caller's.</param>
    /// <exception cref="FalterException"><c>not-root</c>, <c>feature-missing</c>, <c>prerequisite-missing</c>; <c>network-not-free</c>: no range of addresses is free; <c>rules-refused</c>: ip or the kernel refused.</exception>
    public static PrivateNetwork Make(IReadOnlyList<string> members, UndoJournal journal)
    {
        FeatureCatalogue.Root.Require();
        FeatureCatalogue.NetworkNamespaces.Require();
        if (members.Count > MostMembers) throw FalterException.Usage("bad-option", $"a private network has room for {MostMembers} roles; the system has {members.Count}");
        string bridge = FreeName();
        var step = new RemoveBridge(bridge, [.. Enumerable.Range(1, members.Count).Select(number => PortOf(bridge, number))]);
        var network = new PrivateNetwork(journal, step, FreeRange.Find());
        journal.Add(step);
        try
        {
            network.MakeBridge();
            for (int member = 0; member < members.Count; member++) network.Join(members[member], member + 1);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The namespace of a member. Stays this object's.</summary>
    public NetworkNamespace NamespaceOf(string member) => _members[member].Place;

    /// <summary>Where a member is reached.</summary>
    public IPAddress AddressOf(string member) => _members[member].Address;

    /// <summary>Takes it back. Processes that are still in it are cut off from each other.</summary>
    /// <exception cref="FalterException"><c>rules-refused</c>: it stays in the journal.</exception>
    public void Dispose()
    {
        foreach ((NetworkNamespace place, _) in _members.Values) place.Dispose();
        _members.Clear();
        _journal.Undo(_step);
    }

    private static string PortOf(string bridge, int number) => string.Create(CultureInfo.InvariantCulture, $"{bridge}-{number:x2}");

    /// <summary>A name that no device has: too short for that of its owner, which is its alias.</summary>
    private static string FreeName()
    {
        while (true)
        {
            string name = Prefix + new string(System.Security.Cryptography.RandomNumberGenerator.GetItems<char>(Digits, 5));
            if (!RemoveBridge.Exists(name)) return name;
        }
    }

    private void MakeBridge()
    {
        Ip("link", "add", "name", Bridge, "type", "bridge");
        Ip("link", "set", "dev", Bridge, "alias", OwnedName.New());
        // No address of version 6 by itself: what it sends to find others would count as packets of the roles.
        Ip("link", "set", "dev", Bridge, "addrgenmode", "none");
        Ip("addr", "add", $"{Address}/{_range.PrefixLength}", "dev", Bridge);
        Ip("link", "set", "dev", Bridge, "up");
    }

    private void Join(string member, int number)
    {
        IPAddress address = FreeRange.AddressIn(_range, number + 1);
        NetworkNamespace place = NetworkNamespace.Make();
        _members[member] = (place, address);
        string port = _step.Ports[number - 1];
        place.Within(() =>
        {
            Ip("link", "set", "dev", "lo", "up");
            // Its other end appears in this process's namespace, so that a kill at any moment leaves no pair of devices in nobody's hands.
            Ip("link", "add", "name", Device, "type", "veth", "peer", "name", port, "netns", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            Ip("link", "set", "dev", Device, "addrgenmode", "none");
            Ip("addr", "add", $"{address}/{_range.PrefixLength}", "dev", Device);
            Ip("link", "set", "dev", Device, "up");
        });
        Ip("link", "set", "dev", port, "addrgenmode", "none");
        Ip("link", "set", "dev", port, "master", Bridge, "up");
    }

    private static void Ip(params string[] arguments) => SystemProgram.RunChecked("ip", arguments);
}
