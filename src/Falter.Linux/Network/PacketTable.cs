using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Falter.Linux.Cgroup;
using Falter.Records;

namespace Falter.Linux.Network;

/// <summary>
/// A table of packet rules in a namespace. Owned, it belongs to one interactive <c>nft</c>, whose standard input this process holds: when this process is
/// killed, nft reads the end of its input, ends too, and the kernel removes the table with its socket (NFT_TABLE_F_OWNER, 5.12). Nobody else can change it
/// meanwhile.
/// </summary>
public sealed partial class PacketTable : IDisposable
{
    // Applying takes some milliseconds; sets of many thousand elements would take longer, and are not made here.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    // By process number. An entry goes before the process is waited for, so that the number cannot be another's.
    private static readonly ConcurrentDictionary<int, PacketTable> s_owned = new();

    private readonly NetworkNamespace _place;
    private readonly Process? _owner;
    private long _packets;
    private bool _disposed;

    private PacketTable(NetworkNamespace place, string name, Process? owner)
    {
        _place = place;
        Name = name;
        _owner = owner;
    }

    /// <summary>The table's name, of the family inet.</summary>
    public string Name { get; }

    /// <summary>Packets that were acted on so far.</summary>
    public long Packets
    {
        get
        {
            if (!_disposed && Counted() is { } packets) _packets = packets;
            return _packets;
        }
    }

    [GeneratedRegex(@"packets (\d+) bytes")]
    private static partial Regex PacketCount();

    /// <summary>Why nft cannot name a control group; null where it can: it looks below /sys/fs/cgroup, and knows no escapes in a text.</summary>
    public static string? MistakeIn(ControlGroup group) =>
        !group.Folder.StartsWith("/sys/fs/cgroup/", StringComparison.Ordinal) ? $"nft finds control groups only below /sys/fs/cgroup, and {group.Folder} is elsewhere"
        : group.Folder.AsSpan().IndexOfAny("\"\\\n") >= 0 ? $"nft cannot name the control group {group.Folder}: it holds a quote or a backslash"
        : null;

    /// <summary>Whether a process is an <c>nft</c> that owns a table of ours. It runs in the target's namespace and sends nothing.</summary>
    public static bool IsOwner(int pid) => s_owned.ContainsKey(pid);

    /// <summary>Puts the rules of a fault in force.</summary>
    /// <param name="place">Where.</param>
    /// <param name="name">The table's name: <c>falter-PID-N</c>.</param>
    /// <param name="fault">What is done.</param>
    /// <param name="group">To packets of this group's sockets only; null: of the whole namespace.</param>
    /// <param name="owned">Whether it ends with this process. Otherwise the caller sees to it that <see cref="Remove"/> is called, also after its own end.</param>
    /// <exception cref="FalterException"><c>rules-refused</c>; <c>prerequisite-missing</c>: there is no <c>nft</c>.</exception>
    public static PacketTable Apply(NetworkNamespace place, string name, NetworkFault fault, ControlGroup? group, bool owned)
    {
        string rules = PacketRules.Of(fault, group);
        if (!owned)
        {
            place.Within(() => SystemProgram.RunChecked("nft", $"table inet {name} {{ {rules} }}"));
            return new PacketTable(place, name, null);
        }
        Process owner = place.Within(() => Process.Start(SystemProgram.StartInfo("nft", "-i"))!);
        var table = new PacketTable(place, name, owner);
        s_owned[owner.Id] = table;
        try
        {
            // Never read: what nft prints there, its prompt, is far less than a pipe holds.
            table.Submit($"table inet {name} {{ flags owner; {rules} }}");
            if (table.Counted() is null) throw FalterException.Cannot("rules-refused", $"nft accepted the rules, and the table {name} is not there");
            return table;
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>Removes a table that nobody owns. Nothing happens where it is gone.</summary>
    public static void Remove(NetworkNamespace place, string family, string name) =>
        place.Within(() =>
        {
            ProgramOutcome outcome = SystemProgram.Run("nft", "delete", "table", family, name);
            if (outcome.ExitCode != 0 && Named(n => n == name).Any()) throw FalterException.Cannot("rules-refused", $"the table {family} {name} cannot be removed: {outcome.Complaint}");
            return 0;
        });

    /// <summary>Family and name of the tables of a namespace whose name is one of those meant.</summary>
    public static IReadOnlyList<(string Family, string Name)> All(NetworkNamespace place, Predicate<string> isMeant) => place.Within(() => Named(isMeant).ToArray());

    /// <summary>Removes the table; when it returns, the kernel has no more of it.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _ = Packets;
        _disposed = true;
        if (_owner is null)
        {
            Remove(_place, "inet", Name);
            return;
        }
        _ = s_owned.TryRemove(_owner.Id, out _);
        _owner.StandardInput.Close();
        // The kernel removes what a socket owns while it closes it, so the end of the process is the end of the table.
        if (!_owner.WaitForExit(s_limit)) _owner.Kill();
        _owner.Dispose();
    }

    /// <summary>
    /// Hands nft one command. It says nothing when it has succeeded; so a word that is no command follows, and whatever comes before the complaint about
    /// that is the complaint about the command. (Standard error is not buffered; standard output is.)
    /// </summary>
    private void Submit(string command)
    {
        const string end = "falter_end";
        _owner!.StandardInput.WriteLine(command);
        _owner.StandardInput.WriteLine(end);
        _owner.StandardInput.Flush();
        List<string> said = [];
        using var limit = new CancellationTokenSource(s_limit);
        while (true)
        {
            string? line = _owner.StandardError.ReadLineAsync(limit.Token).AsTask().GetAwaiter().GetResult();
            if (line is null) throw FalterException.Cannot("rules-refused", $"nft ended while it read the rules: {string.Join("; ", said)}");
            if (line == end) break;
            said.Add(line);
        }
        // The last line is the first of the complaint about the word.
        string[] complaints = [.. said.SkipLast(1).Where(l => l != command && l.Trim(' ', '^', '~').Length > 0)];
        if (complaints.Length > 0) throw FalterException.Cannot("rules-refused", $"nft refused the rules: {string.Join("; ", complaints)}; they were: {command}");
    }

    private long? Counted()
    {
        ProgramOutcome outcome = _place.Within(() => SystemProgram.Run("nft", "list", "counter", "inet", Name, PacketRules.Counter));
        Match match = PacketCount().Match(outcome.Output);
        return outcome.ExitCode == 0 && match.Success ? long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Lines like <c>table inet falter-1234-1</c>; an owner's comment may follow.</summary>
    private static IEnumerable<(string Family, string Name)> Named(Predicate<string> isMeant) =>
        SystemProgram.Run("nft", "list", "tables").Output.Split('\n')
            .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(w => w.Length >= 3 && w[0] == "table" && isMeant(w[2]))
            .Select(w => (w[1], w[2]));
}
