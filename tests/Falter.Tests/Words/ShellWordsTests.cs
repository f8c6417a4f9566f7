using Falter.Records;

namespace Falter.Tests.Words;

public class ShellWordsTests
{
    [Theory]
    [InlineData("nginx -g 'daemon off;'", "nginx|-g|daemon off;")]
    [InlineData("a  b\tc ", "a|b|c")]
    [InlineData("a\\ b 'c'\"d\"e", "a b|cde")]
    [InlineData("a \"x\\\"y\\z\" '' \"\"", "a|x\"y\\z||")]
    [InlineData("a '$HOME `x` | >' \\$HOME \\;", "a|$HOME `x` | >|$HOME|;")]
    [InlineData("a http://${address:db}:1/ \"${address:web}\" $ 5$ *.log", "a|http://${address:db}:1/|${address:web}|$|5$|*.log")]
    public void A_command_is_split_as_a_shell_splits_it(string text, string words)
    {
        Assert.True(ShellWords.TrySplit(text, out IReadOnlyList<string> split, out string problem), problem);
        Assert.Equal(words.Split('|', words.Contains(" | ", StringComparison.Ordinal) ? 1 : int.MaxValue), words.Contains(" | ", StringComparison.Ordinal) ? [string.Join('|', split)] : split);
    }

    [Theory]
    [InlineData("", "a command is missing")]
    [InlineData("  ", "a command is missing")]
    [InlineData("'' a", "a command is missing")]
    [InlineData("a 'b", "a quote (') is not closed")]
    [InlineData("a \"b", "a quote (\") is not closed")]
    [InlineData("a | b", "| is a shell's")]
    [InlineData("a > b", "> is a shell's")]
    [InlineData("a\nb", "a line end is a shell's")]
    [InlineData("a $HOME", "$ is a shell's")]
    [InlineData("a \"$(b)\"", "$ is a shell's")]
    [InlineData("a \"`b`\"", "")]
    public void What_only_a_shell_could_do_is_refused(string text, string message)
    {
        bool split = ShellWords.TrySplit(text, out _, out string problem);
        Assert.False(split);
        Assert.Contains(message, problem);
    }

    [Fact]
    public void Joined_words_are_split_again()
    {
        var random = new Random(3);
        for (int i = 0; i < 2000; i++)
        {
            string[] words = ["a", .. Enumerable.Range(0, random.Next(5)).Select(_ => new string([.. Enumerable.Range(0, random.Next(6)).Select(_ => "ab '\"\\$`|;&\n\té{}*#"[random.Next(17)])]))];
            Assert.True(ShellWords.TrySplit(ShellWords.Join(words), out IReadOnlyList<string> split, out string problem), problem);
            Assert.Equal(words, split);
        }
    }
}
