! The time step in Fortran. C stores a grid row by row, so a row there is a column here.
subroutine heat2d_step_fortran(before, after, rows, columns, factor) bind(c)
  use, intrinsic :: iso_c_binding, only: c_double, c_size_t
  implicit none
  integer(c_size_t), value :: rows, columns
  real(c_double), value :: factor
  real(c_double), intent(in) :: before(columns, rows)
  real(c_double), intent(inout) :: after(columns, rows)
  integer(c_size_t) :: i, j

  do j = 2, rows - 1
    do i = 2, columns - 1
      after(i, j) = before(i, j) + factor * (before(i, j - 1) + before(i, j + 1) &
        + before(i - 1, j) + before(i + 1, j) - 4.0_c_double * before(i, j))
    end do
  end do
end subroutine heat2d_step_fortran
