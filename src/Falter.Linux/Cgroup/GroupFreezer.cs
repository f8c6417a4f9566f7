namespace Falter.Linux.Cgroup;

/// <summary>The freezer of one control group: of version 2 (Linux 5.2), or the controller of version 1 that older container engines use.</summary>
/// <param name="Folder">Where the hierarchy shows the group.</param>
public sealed record GroupFreezer(string Folder)
{
    private const string Version2 = "cgroup.freeze", Version1 = "freezer.state";

    // A process in an uninterruptible wait freezes when that ends. What is stopped by then stands still all the same.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    private bool IsVersion1 => System.IO.File.Exists(Path.Join(Folder, Version1));

    private string Name => IsVersion1 ? Version1 : Version2;

    /// <summary>The file that freezes and thaws.</summary>
    public string File => Path.Join(Folder, Name);

    /// <summary>What thaws when it is written there.</summary>
    public string Thawed => IsVersion1 ? "THAWED" : "0";

    /// <summary>Whether the group can be frozen at all: the root and groups that are gone cannot.</summary>
    public bool IsPossible => System.IO.File.Exists(File);

    /// <summary>Whether the group was told to freeze.</summary>
    public bool IsFrozen => GroupFile.Read(Folder, Name) is { } value && value != Thawed;

    /// <summary>Freezes the group and waits until all its processes stand still, or 2 s.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void Freeze()
    {
        GroupFile.Write(Folder, Name, IsVersion1 ? "FROZEN" : "1");
        long deadline = Environment.TickCount64 + (long)s_limit.TotalMilliseconds;
        while (!StandsStill && Environment.TickCount64 < deadline) Thread.Sleep(1);
    }

    /// <summary>Lets the processes go on.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void Thaw() => GroupFile.Write(Folder, Name, Thawed);

    // cgroup.events holds the lines "populated 1" and "frozen 1"; freezer.state says FREEZING until all are FROZEN.
    private bool StandsStill => IsVersion1 ? GroupFile.Read(Folder, Version1) == "FROZEN" : GroupFile.Read(Folder, "cgroup.events")?.Contains("frozen 1", StringComparison.Ordinal) != false;
}
