namespace Falter.Linux.Features;

/// <summary>The running kernel's version.</summary>
public static class KernelRelease
{
    /// <summary>Major and minor number of the running kernel.</summary>
    public static Version Running => Parse(Text);

    /// <summary>The whole release, as <c>uname -r</c> prints it: <c>6.1.0-32-amd64</c>.</summary>
    public static string Text { get; } = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    /// <summary><c>6.1.0-32-amd64</c> → 6.1.</summary>
    public static Version Parse(string release)
    {
        string[] parts = release.Trim().Split('.', '-', '+');
        return parts.Length >= 2 && int.TryParse(parts[0], out int major) && int.TryParse(parts[1], out int minor) ? new Version(major, minor) : new Version(0, 0);
    }
}
