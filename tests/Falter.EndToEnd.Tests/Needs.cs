namespace Falter.EndToEnd.Tests;

/// <summary>What a test needs of the machine.</summary>
public static class Needs
{
    /// <summary>Skips the test where this user may not observe and inject.</summary>
    public static void Root()
    {
        if (Environment.UserName != "root") Assert.Skip("needs root: CAP_BPF, CAP_SYS_PTRACE");
        if (!File.Exists("/sys/kernel/btf/vmlinux")) Assert.Skip("missing kernel feature: BTF");
    }
}
