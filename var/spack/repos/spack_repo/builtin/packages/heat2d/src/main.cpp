// Spread the heat of two discs over a plate with cold edges.
#include <heat_solver.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#ifdef HEAT2D_FORTRAN
extern "C" void heat2d_step_fortran(const double *before, double *after, std::size_t rows,
                                    std::size_t columns, double factor);
static const heat::Kernel kernel = heat2d_step_fortran;
static const char *const kernel_name = "Fortran";
#else
static const heat::Kernel kernel = heat::step;
static const char *const kernel_name = "C++";
#endif

namespace {

struct Options {
    std::size_t size = 48;
    std::size_t steps = 400;
    bool map = true;
};

int usage(std::FILE *stream, int status)
{
    std::fputs("usage: heat2d [--size N] [--steps N] [--no-map]\n"
               "Solves the heat equation on N x N cells and draws the result with heat-report.\n",
               stream);
    return status;
}

std::size_t number(const char *text)
{
    char *end = nullptr;
    const unsigned long value = std::strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 3)
        throw std::invalid_argument("a number of at least 3 is needed");
    return value;
}

void report(const heat::Solver &solver, const Options &options)
{
    std::printf("heat2d: %zu x %zu cells, %zu steps, %s kernel\n", options.size, options.size,
                options.steps, kernel_name);
    std::printf("mean temperature %.4f, highest %.4f\n", heat_grid_mean(&solver.grid()),
                heat_grid_max(&solver.grid()));
    std::fflush(stdout);
    if (!options.map)
        return;
    std::FILE *pipe = popen("heat-report", "w");
    if (pipe == nullptr)
        throw std::runtime_error("heat-report cannot be started");
    const int written = heat_grid_write(&solver.grid(), pipe);
    if (pclose(pipe) != 0 || written != 0)
        throw std::runtime_error("heat-report failed; is it in PATH?");
}

} // namespace

int main(int argc, char **argv)
{
    Options options;
    try {
        for (int i = 1; i < argc; i++) {
            const bool more = i + 1 < argc;
            if (std::strcmp(argv[i], "--size") == 0 && more)
                options.size = number(argv[++i]);
            else if (std::strcmp(argv[i], "--steps") == 0 && more)
                options.steps = number(argv[++i]);
            else if (std::strcmp(argv[i], "--no-map") == 0)
                options.map = false;
            else if (std::strcmp(argv[i], "--help") == 0)
                return usage(stdout, 0);
            else
                return usage(stderr, 2);
        }
        heat::Solver solver(options.size, options.size, 0.2, kernel);
        const double n = static_cast<double>(options.size);
        heat_grid_fill_disc(&solver.grid(), 0.35 * n, 0.3 * n, 0.16 * n, 100.0);
        heat_grid_fill_disc(&solver.grid(), 0.65 * n, 0.7 * n, 0.12 * n, 80.0);
        solver.run(options.steps);
        report(solver, options);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "heat2d: %s\n", error.what());
        return 1;
    }
    return 0;
}
