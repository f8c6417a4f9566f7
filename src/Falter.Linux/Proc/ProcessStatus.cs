using System.Globalization;

namespace Falter.Linux.Proc;

/// <summary>What <c>/proc/PID/status</c> says of a process or thread (<c>proc(5)</c>).</summary>
public sealed class ProcessStatus
{
    // include/uapi/linux/capability.h
    private const int CAP_SYS_ADMIN = 21;

    private readonly Dictionary<string, string> _fields;

    private ProcessStatus(Dictionary<string, string> fields) => _fields = fields;

    /// <summary>The process that the thread belongs to; the same as the id asked for where that is a process.</summary>
    public int ProcessId => int.Parse(_fields["Tgid"], CultureInfo.InvariantCulture);

    /// <summary>The process id of its tracer; 0 where it is not traced.</summary>
    public int TracerPid => Number("TracerPid");

    /// <summary>The process id of its parent.</summary>
    public int ParentPid => Number("PPid");

    /// <summary>The real user that it belongs to (the first of the four numbers of <c>Uid</c>); -1 where the kernel does not say.</summary>
    public int UserId => _fields.TryGetValue("Uid", out string? value) && int.TryParse(value.Split('\t')[0], CultureInfo.InvariantCulture, out int user) ? user : -1;

    /// <summary>0 no seccomp, 1 strict, 2 with filters; 0 on kernels without seccomp.</summary>
    public int SeccompMode => Number("Seccomp");

    /// <summary>Whether the process can gain no privileges by execve; what an unprivileged seccomp filter asks for.</summary>
    public bool NoNewPrivileges => Number("NoNewPrivs") == 1;

    /// <summary>Whether it may do what CAP_SYS_ADMIN permits in its user namespace.</summary>
    public bool HasCapSysAdmin => (Bits("CapEff") >> CAP_SYS_ADMIN & 1) != 0;

    /// <summary>Whether a signal waits for it that it does not block: it will see it as soon as it runs.</summary>
    internal bool HasDeliverableSignal => ((Bits("SigPnd") | Bits("ShdPnd")) & ~Bits("SigBlk")) != 0;

    /// <summary>Reads a process or thread; null where there is none with this id.</summary>
    public static ProcessStatus? Read(int id) => ProcFile.Read($"/proc/{id}/status") is { } text ? Parse(text) : null;

    /// <summary>Whether a thread of this process traces it; then the end, too, is that thread's to wait for.</summary>
    internal static bool IsTracedHere(int id) => Read(id)?.TracerPid is > 0 and { } tracer && Directory.Exists($"/proc/self/task/{tracer}");

    /// <summary>Reads the file. Every line is <c>Name:\tvalue</c>; a newline in a process's name is escaped by the kernel.</summary>
    internal static ProcessStatus? Parse(string text)
    {
        var fields = new Dictionary<string, string>();
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':');
            if (colon > 0) fields[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return fields.ContainsKey("Tgid") ? new ProcessStatus(fields) : null;
    }

    private ulong Bits(string field) => _fields.TryGetValue(field, out string? value) && ulong.TryParse(value, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong bits) ? bits : 0;

    private int Number(string field) => _fields.TryGetValue(field, out string? value) && int.TryParse(value, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
